#pragma once

#include "labkit/observe/terminal.hpp"
#include "slipway/descriptor.hpp"

namespace labkit {

/// A terminal of the checker's, whose slave end a program gets. pty(7).
struct Terminal {
  slipway::Descriptor master;  ///< Non-blocking.
  slipway::Descriptor slave;
};

/// Throws slipway::Error.
Terminal make_terminal(const WindowSize& size);

/// The slave end of one, by its master end: whatever the program has made of its descriptors.
/// Throws slipway::Error.
SeenTerminal slave_of(const slipway::Descriptor& terminal);

/// The program in the foreground gets SIGWINCH. Throws slipway::Error.
void set_size(const slipway::Descriptor& terminal, const WindowSize& size);

}  // namespace labkit
