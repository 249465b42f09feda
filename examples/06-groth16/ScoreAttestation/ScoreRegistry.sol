// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.24;

import {Groth16Verifier} from "./Groth16Verifier.sol";

/// Who has shown that the certified values behind a commitment reach a score, without showing the values.
contract ScoreRegistry {
    /// Only the certifier may say which commitments hold true values.
    error NotCertifier();

    /// The certifier has not published this commitment.
    error NotCertified();

    /// A holder has reached the score.
    event Attested(address indexed holder, uint256 indexed commitment);

    Groth16Verifier public immutable VERIFIER;

    /// The hash of the weights.
    uint256 public immutable WEIGHTS_HASH;

    /// The least score, plus 2^39.
    uint256 public immutable THRESHOLD;

    address public immutable CERTIFIER;

    mapping(uint256 commitment => bool) public isCertified;
    mapping(address holder => bool) public hasAttested;

    constructor(Groth16Verifier verifier, uint256 weightsHash, uint256 threshold) {
        VERIFIER = verifier;
        WEIGHTS_HASH = weightsHash;
        THRESHOLD = threshold;
        CERTIFIER = msg.sender;
    }

    /// Publishes a commitment whose values the certifier has seen.
    function certify(uint256 commitment) external {
        if (msg.sender != CERTIFIER) revert NotCertifier();
        isCertified[commitment] = true;
    }

    /// Records the sender if the proof shows that the score of the values that are committed to the sender's address reaches the threshold.
    /// The address is a public input: a proof that is copied from the pool is worth nothing to another sender.
    function attest(uint256[8] calldata proof, uint256 commitment) external {
        if (!isCertified[commitment]) revert NotCertified();
        uint256[4] memory inputs = [commitment, WEIGHTS_HASH, THRESHOLD, uint256(uint160(msg.sender))];
        VERIFIER.verifyProof(proof, inputs);
        hasAttested[msg.sender] = true;
        emit Attested(msg.sender, commitment);
    }
}
