// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.24;

import {IZkmlVerifier, Receipt} from "./IZkmlVerifier.sol";
import {Owned} from "./Owned.sol";

/// Stands before one verifier and can be stopped for good: by its owner, or by anyone who shows that the verifier accepts what cannot be true.
contract ZkmlVerifierEmergencyStop is IZkmlVerifier, Owned {
    IZkmlVerifier public immutable verifier;
    bool public stopped;

    event Stopped(address indexed caller);

    error VerifierStopped();
    error ClaimIsPossible(bytes32 claimDigest);
    error VerifierHasNoCode(IZkmlVerifier verifier);

    constructor(IZkmlVerifier guarded, address initialOwner) Owned(initialOwner) {
        if (address(guarded).code.length == 0) revert VerifierHasNoCode(guarded);
        verifier = guarded;
    }

    modifier whenRunning() {
        if (stopped) revert VerifierStopped();
        _;
    }

    function stop() external onlyOwner whenRunning {
        _stop();
    }

    /// No data has the SHA-256 zero as far as anyone knows, so a proof of the claim digest zero shows that the verifier is broken.
    function stop(Receipt calldata proofOfFlaw) external whenRunning {
        if (proofOfFlaw.claimDigest != bytes32(0)) revert ClaimIsPossible(proofOfFlaw.claimDigest);
        verifier.verifyIntegrity(proofOfFlaw);
        _stop();
    }

    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view whenRunning {
        verifier.verify(seal, imageId, journalDigest);
    }

    function verifyIntegrity(Receipt calldata receipt) external view whenRunning {
        verifier.verifyIntegrity(receipt);
    }

    function _stop() private {
        stopped = true;
        emit Stopped(msg.sender);
    }
}
