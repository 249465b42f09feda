// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.24;

/// One owner; another one takes over in two steps, so that a mistyped address loses nothing.
abstract contract Owned {
    address public owner;
    address public pendingOwner;

    event OwnershipOffered(address indexed owner, address indexed pendingOwner);
    event OwnershipTaken(address indexed previous, address indexed owner);

    error NotOwner(address caller);
    error OwnerIsZero();

    constructor(address initialOwner) {
        if (initialOwner == address(0)) revert OwnerIsZero();
        owner = initialOwner;
        emit OwnershipTaken(address(0), initialOwner);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    function offerOwnership(address candidate) external onlyOwner {
        pendingOwner = candidate;
        emit OwnershipOffered(owner, candidate);
    }

    function takeOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner(msg.sender);
        emit OwnershipTaken(owner, msg.sender);
        owner = msg.sender;
        pendingOwner = address(0);
    }
}
