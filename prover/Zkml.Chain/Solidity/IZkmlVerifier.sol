// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.24;

/// A claim and the seal that proves it.
struct Receipt {
    /// The verifier's selector (4 bytes), then the proof's points A, B, C as EIP-196 and EIP-197 write them (256 bytes).
    bytes seal;
    /// SHA-256 of the claim's structure.
    bytes32 claimDigest;
}

/// Verifies what zkVM programs claim. Every function returns nothing and reverts unless the seal proves the claim.
/// A seal is malleable: never use it, or a hash of it, as a name. Nothing binds a claim to a chain or a contract unless the journal does.
interface IZkmlVerifier {
    /// The seal starts with another verifier's selector.
    error SelectorMismatch(bytes4 received, bytes4 expected);
    /// The seal is longer or shorter than a selector and a proof.
    error SealLengthMismatch(uint256 received, uint256 expected);
    /// The proof's points are in their groups, but it proves another claim.
    error VerificationFailed();
    /// A coordinate is not below q, a point is not in its group, or too little gas was given.
    error PairingFailed();
    /// The multiplications of the public inputs failed: too little gas was given.
    error PrecompileFailed();

    /// Checks that the program `imageId` exited with 0, took no assumption, and committed a journal whose SHA-256 is `journalDigest`.
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view;

    /// Checks a claim of which the caller knows only the digest; it may be that of a failed or an unfinished run.
    function verifyIntegrity(Receipt calldata receipt) external view;
}
