#pragma once

#include <termios.h>

#include <string>

#include "slipway/descriptor.hpp"

/// Terminals that a program makes for another one. pty(7), tty(4).
namespace slipway {

/// Both ends of one: what is written to `master` is as if typed, what the other program writes to
/// `slave` is read from `master`. Once every slave end is closed, read(2) on `master` says EIO.
struct Terminal {
  Descriptor master;
  Descriptor slave;
};

/// Makes one in the devpts that is mounted at ROOT/dev/pts, with the size of the terminal `like`
/// (where that is one). No path of a slave is ever opened: TIOCGPTPEER. Throws Error.
Terminal make_terminal(const std::string& root, int like);

/// Makes `terminal` the caller's descriptors 0, 1 and 2; but 2 only where it is a terminal already,
/// for it may have been sent to a file. Throws Error.
void stand_on(const Descriptor& terminal);

/// Begins a session whose terminal is the one on descriptor 0, for a shell to have job control.
/// setsid(2), TIOCSCTTY. Throws Error.
void take_terminal();

/// From its construction to its end, the terminal on descriptor 0 passes on every key as it is
/// typed and means nothing by any. termios(3), "Raw mode".
class RawMode {
 public:
  RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

 private:
  termios before_{};
};

/// Carries what is typed on descriptor 0 to `master` and what comes from there to descriptor 1,
/// until all slave ends are closed; and gives it the size of descriptor 0's terminal whenever that
/// changes. SIGHUP, SIGINT, SIGQUIT and SIGTERM do not end it, nor does a descriptor 1 that takes
/// no more: the command goes on unseen. Throws Error.
void relay(const Descriptor& master);

}  // namespace slipway
