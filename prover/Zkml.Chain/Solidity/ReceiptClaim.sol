// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.24;

/// The digests of claims, in the structure of RISC Zero: SHA-256(SHA-256(tag) | digests | words, little-endian | number of digests, 16 bits).
library ReceiptClaim {
    // SHA-256("risc0.ReceiptClaim"), SHA-256("risc0.Output").
    bytes32 internal constant CLAIM_TAG = 0xcb1fefcd1f2d9a64975cbbbf6e161e2914434b0cbb9960b84df5d717e86b48af;
    bytes32 internal constant OUTPUT_TAG = 0x77eafeb366a78b47747de0d7bb176284085ff5564887009a5be63da32d3559d4;
    // The state after a halt: pc 0, memory 0.
    bytes32 internal constant HALTED_STATE = 0xa3acc27117418996340b84e5a90f3ef4c49d22c79e44aad822ec9c313e1eb8e2;

    /// The claim that the program `imageId` exited with 0, took no assumption and no public input, and committed the journal of this digest.
    function digest(bytes32 imageId, bytes32 journalDigest) internal pure returns (bytes32) {
        bytes32 output = sha256(abi.encodePacked(OUTPUT_TAG, journalDigest, bytes32(0), uint16(0x0200)));
        return sha256(abi.encodePacked(CLAIM_TAG, bytes32(0), imageId, HALTED_STATE, output, uint64(0), uint16(0x0400)));
    }
}
