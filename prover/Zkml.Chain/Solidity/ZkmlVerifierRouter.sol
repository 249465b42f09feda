// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.24;

import {IZkmlVerifier, Receipt} from "./IZkmlVerifier.sol";
import {Owned} from "./Owned.sol";

/// Passes a seal on to the verifier of its selector. A selector is added once: it can be removed, never replaced and never added again, so what
/// a seal means does not change. The owner should be a timelock.
contract ZkmlVerifierRouter is IZkmlVerifier, Owned {
    mapping(bytes4 selector => IZkmlVerifier) private _verifiers;

    /// What stands for a verifier that was removed.
    IZkmlVerifier private constant TOMBSTONE = IZkmlVerifier(address(1));

    event VerifierAdded(bytes4 indexed selector, IZkmlVerifier verifier);
    event VerifierRemoved(bytes4 indexed selector);

    error SelectorUnknown(bytes4 selector);
    error SelectorInUse(bytes4 selector);
    error SelectorRemoved(bytes4 selector);
    error VerifierHasNoCode(IZkmlVerifier verifier);

    constructor(address initialOwner) Owned(initialOwner) {}

    function addVerifier(bytes4 selector, IZkmlVerifier verifier) external onlyOwner {
        IZkmlVerifier present = _verifiers[selector];
        if (present == TOMBSTONE) revert SelectorRemoved(selector);
        if (address(present) != address(0)) revert SelectorInUse(selector);
        // A call of an account without code succeeds and would accept every seal.
        if (address(verifier).code.length == 0) revert VerifierHasNoCode(verifier);
        _verifiers[selector] = verifier;
        emit VerifierAdded(selector, verifier);
    }

    function removeVerifier(bytes4 selector) external onlyOwner {
        getVerifier(selector);
        _verifiers[selector] = TOMBSTONE;
        emit VerifierRemoved(selector);
    }

    /// The verifier of a selector; reverts where there is none, or none any more.
    function getVerifier(bytes4 selector) public view returns (IZkmlVerifier verifier) {
        verifier = _verifiers[selector];
        if (verifier == TOMBSTONE) revert SelectorRemoved(selector);
        if (address(verifier) == address(0)) revert SelectorUnknown(selector);
    }

    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view {
        _route(seal).verify(seal, imageId, journalDigest);
    }

    function verifyIntegrity(Receipt calldata receipt) external view {
        _route(receipt.seal).verifyIntegrity(receipt);
    }

    function _route(bytes calldata seal) private view returns (IZkmlVerifier) {
        if (seal.length < 4) revert SealLengthMismatch(seal.length, 260);
        return getVerifier(bytes4(seal[:4]));
    }
}
