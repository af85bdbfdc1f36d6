#include "labkit/observe/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {

std::optional<SeenTerminal> terminal_of(pid_t pid, int descriptor) {
  const std::string path = fmt::format("/proc/{}/fd/{}", pid, descriptor);
  struct stat file;
  // 136 to 143: "Unix98 PTY slaves" of the kernel's list of devices.
  if (::stat(path.c_str(), &file) == -1 || !S_ISCHR(file.st_mode) || major(file.st_rdev) < 136 ||
      major(file.st_rdev) > 143)
    return std::nullopt;
  const slipway::Descriptor opened(
      ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  winsize size{};
  if (opened) ::ioctl(opened.get(), TIOCGWINSZ, &size);
  return SeenTerminal{file.st_dev, file.st_rdev, {size.ws_row, size.ws_col}};
}

bool holds_terminal(pid_t pid, const SeenTerminal& terminal) {
  try {
    for (const std::string& number : slipway::list_folder(fmt::format("/proc/{}/fd", pid))) {
      const auto held = terminal_of(pid, static_cast<int>(slipway::to_number(number)));
      if (held && held->is(terminal)) return true;
    }
  } catch (const slipway::Error&) {  // it has just ended
  }
  return false;
}

}  // namespace labkit
