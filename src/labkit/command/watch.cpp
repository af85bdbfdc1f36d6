#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <climits>

#include "labkit/command/guard.hpp"
#include "labkit/command/options.hpp"
#include "labkit/workspace/workspace.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

using slipway::check;

constexpr int quiet = 50;  // ms without a change, after which an editor has done its writing

// A lab's folder, not its file: many editors write a new file and rename it over the old one, after
// which a watch of the old one sees nothing any more. inotify(7).
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder)
      : changes_(check(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "begin to watch files")) {
    check(::inotify_add_watch(changes_.get(), folder.c_str(),
                              IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR),
          "watch {}", folder);
  }

  const slipway::Descriptor& changes() const { return changes_; }

  // Reads what happened since; true when a source was among it. Throws when the folder is gone.
  bool source_changed() const {
    bool changed = false;
    alignas(inotify_event) char buffer[16 * (sizeof(inotify_event) + NAME_MAX + 1)];
    for (ssize_t count; (count = ::read(changes_.get(), buffer, sizeof buffer)) > 0;) {
      for (const char* at = buffer; at < buffer + count;) {
        const auto* event = reinterpret_cast<const inotify_event*>(at);
        if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0)
          throw slipway::Error("the lab's folder was removed or renamed; begin `lab watch` anew");
        changed |= (event->mask & IN_Q_OVERFLOW) != 0 || (event->len > 0 && is_source(event->name));
        at += sizeof(inotify_event) + event->len;
      }
    }
    return changed;
  }

 private:
  static bool is_source(const std::string& name) {
    if (name.starts_with('.')) return false;  // an editor's own
    for (const char* ending : {".cpp", ".cc", ".hpp", ".hh", ".h"})
      if (name.ends_with(ending)) return true;
    return false;
  }

  slipway::Descriptor changes_;
};

LabInfo lab_to_watch(const Words& words, const Workspace& workspace) {
  if (!words.empty()) return find_lab(words[0]);
  const std::vector<LabInfo> labs = catalog();
  for (const LabInfo& lab : labs)
    if (!workspace.progress(lab).passed) return lab;
  throw UsageError{"you have passed every lab; name one to watch it: `lab watch 10`"};
}

// False when a signal came: the check has then been told, and has cleaned up behind itself.
bool check_once(const Interrupts& interrupts, const Words& words) {
  if (::isatty(STDOUT_FILENO) == 1) fmt::print("\033[2J\033[3J\033[H");
  slipway::Child child = fork_off(interrupts, [&] { return command_check(words); });
  pollfd events[] = {{child.pidfd().get(), POLLIN, 0}, {interrupts.arrivals().get(), POLLIN, 0}};
  while (::poll(events, 2, -1) == -1)
    if (errno != EINTR) check(-1, "wait for the check");
  if (events[1].revents == 0) return child.wait(), true;
  child.signal(SIGTERM);
  child.wait();
  return false;
}

// False when a signal came.
bool await_change(const Interrupts& interrupts, const FolderWatch& folder) {
  pollfd events[] = {{folder.changes().get(), POLLIN, 0}, {interrupts.arrivals().get(), POLLIN, 0}};
  for (bool changed = false;;) {
    const int ready = ::poll(events, 2, changed ? quiet : -1);
    if (ready == -1 && errno == EINTR) continue;
    check(ready, "wait for a change");
    if (events[1].revents != 0) return false;
    if (ready == 0) return true;
    changed |= folder.source_changed();
  }
}

}  // namespace

int command_watch(const Words& words) {
  Options options(
      "lab watch [LAB] [--seed N]",
      "Checks a lab at each save, until Ctrl-C. Without LAB: the first that you have not\n"
      "passed. Needs root, as `lab check` does.");
  namespace po = boost::program_options;
  options.add()("seed", po::value<std::uint64_t>(), "draw the same random values at each check");
  if (!options.read(words, 0, 1)) return exit_pass;
  const Workspace workspace = Workspace::find();
  const LabInfo lab = lab_to_watch(options.words(), workspace);
  Words checking = {lab.id};
  if (options.has("seed"))
    checking.insert(checking.end(),
                    {"--seed", fmt::format("{}", options.get<std::uint64_t>("seed"))});
  if (::geteuid() != 0) {  // it says what is missing, once
    const int status = command_check(checking);
    if (status == exit_blocked) return status;
  }
  const FolderWatch folder(workspace.lab_folder(lab));
  const Interrupts interrupts;
  while (check_once(interrupts, checking)) {
    fmt::print("\nWaiting for a change in {} (Ctrl-C ends)\n", workspace.lab_folder(lab));
    std::fflush(stdout);
    if (!await_change(interrupts, folder)) break;
  }
  fmt::print("\n");
  return exit_pass;
}

}  // namespace labkit
