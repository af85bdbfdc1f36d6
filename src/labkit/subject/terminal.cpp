#include "labkit/subject/terminal.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "slipway/error.hpp"

namespace labkit {

using slipway::check;

Terminal make_terminal(const WindowSize& size) {
  slipway::Descriptor master(
      check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), "make a terminal"));
  check(::unlockpt(master.get()), "unlock a terminal");
  slipway::Descriptor slave(
      check(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "open a terminal"));
  set_size(master, size);
  return {std::move(master), std::move(slave)};
}

SeenTerminal slave_of(const slipway::Descriptor& terminal) {
  const slipway::Descriptor slave(check(
      ::ioctl(terminal.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "open a terminal"));
  if (const auto seen = terminal_of(::getpid(), slave.get())) return *seen;
  throw slipway::Error("the check's own terminal is none");
}

void set_size(const slipway::Descriptor& terminal, const WindowSize& size) {
  winsize both{};
  both.ws_row = static_cast<unsigned short>(size.rows);
  both.ws_col = static_cast<unsigned short>(size.columns);
  check(::ioctl(terminal.get(), TIOCSWINSZ, &both), "set the size of a terminal");
}

}  // namespace labkit
