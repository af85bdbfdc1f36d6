#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "labkit/command/guard.hpp"
#include "labkit/command/options.hpp"
#include "labkit/scope/scene.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

namespace po = boost::program_options;

constexpr int glance = 300;  // ms between the two looks that --once takes: long enough for a rate

struct Size {
  size_t columns = 100;
  size_t rows = 0;  // 0: no terminal
};

Size terminal_size() {
  winsize size;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row};
}

// What does not fit the screen is cut off, or each picture would scroll the one before away.
std::string fitting(const std::string& text, size_t rows) {
  if (rows == 0) return text;
  size_t end = 0;
  for (size_t row = 0; row + 1 < rows; ++row) {
    const size_t newline = text.find('\n', end);
    if (newline == std::string::npos) return text;
    end = newline + 1;
  }
  return text.substr(0, end) + "...";
}

// False when a signal came first, as Ctrl-C is one.
bool sleep_for(const Interrupts& interrupts, int milliseconds) {
  pollfd arrival = {interrupts.arrivals().get(), POLLIN, 0};
  return ::poll(&arrival, 1, milliseconds) == 0;
}

scope::Scene first_look(const std::string& target) {
  try {
    return scope::look(target);
  } catch (const slipway::Error& error) {
    if (error.code() == ESRCH) throw UsageError{error.what()};
    throw;
  }
}

int refresh(const std::string& target, int milliseconds) {
  const Interrupts interrupts;
  scope::Scene before = first_look(target);
  fmt::print("\033[?1049h\033[?25l");  // a screen of its own, without a cursor
  std::string farewell;
  for (int pause = glance; sleep_for(interrupts, pause); pause = milliseconds) {
    try {
      const scope::Scene scene = scope::look(target);
      const Size size = terminal_size();
      const std::string picture = scope::draw(scene, before, size.columns, colours());
      fmt::print("\033[H\033[2J{}", fitting(picture, size.rows));
      std::fflush(stdout);
      before = scene;
    } catch (const slipway::Error& gone) {  // what was looked at has ended
      farewell = gone.what();
      break;
    }
  }
  fmt::print("\033[?25h\033[?1049l");
  if (!farewell.empty()) fmt::print("{}\n", farewell);
  return exit_pass;
}

}  // namespace

int command_scope(const Words& words) {
  Options options(
      "lab scope PID|GROUP [--once] [--json] [--every SECONDS]",
      "Shows the namespaces and control groups that a process and its children (or a group's\n"
      "members) are in, each limit beside its use, and what is shared with the machine. It looks\n"
      "again each second, until Ctrl-C. GROUP is a group's folder, or its path as in\n"
      "/proc/PID/cgroup. Processes of others need root.");
  options.add()("once", "one picture; so without a terminal");
  options.add()("json", "one look, as JSON");
  options.add()("every", po::value<double>()->default_value(1), "seconds between two looks");
  if (!options.read(words, 1, 1)) return exit_pass;
  const double every = options.get<double>("every");
  if (!(every >= 0.1 && every <= 3600))
    throw UsageError{fmt::format("--every is a number of seconds from 0.1 to 3600, not {}", every)};
  const std::string& target = options.words()[0];
  const bool once = options.has("once") || options.has("json") || ::isatty(STDOUT_FILENO) != 1;
  if (!once) return refresh(target, static_cast<int>(every * 1000));
  const scope::Scene before = first_look(target);
  ::poll(nullptr, 0, glance);
  const scope::Scene scene = scope::look(target);
  fmt::print("{}", options.has("json")
                       ? scope::to_json(scene, before)
                       : scope::draw(scene, before, terminal_size().columns, colours()));
  return exit_pass;
}

}  // namespace labkit
