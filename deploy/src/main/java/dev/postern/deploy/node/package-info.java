/**
 * A running Postern: {@link dev.postern.deploy.node.Node} starts store, gateway and admin server in
 * that order and closes them in the other.
 */
@NullMarked
package dev.postern.deploy.node;

import org.jspecify.annotations.NullMarked;
