/**
 * A running Postern: {@link dev.postern.deploy.node.Node} starts store, gateway and admin server in
 * that order and closes them in the other. While it runs, {@link dev.postern.deploy.node.Reloading}
 * puts changed configurations in force; {@link dev.postern.deploy.node.Inheritance} are listening
 * sockets that it starts with.
 */
@NullMarked
package dev.postern.deploy.node;

import org.jspecify.annotations.NullMarked;
