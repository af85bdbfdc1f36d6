#include "machine.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "labkit/observe/process.hpp"
#include "labkit/subject/groups.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace machine {
namespace {

// "ktest-PID-BIRTH-NUMBER" of a test that lives: such a process is there and was born then.
bool owner_lives(const std::string& group) {
  const auto parts = slipway::split(group, '-');
  if (parts.size() != 4) return false;
  const auto owner = labkit::look_at(static_cast<pid_t>(slipway::to_number(parts[1])));
  return owner && std::to_string(owner->start_time) == parts[2];
}

void sweep() {
  std::set<std::string> dead;
  for (const labkit::Tree& tree : labkit::trees()) {
    const std::string ours = tree.mount + "/slipway";
    try {
      for (const std::string& name : slipway::list_folder(ours))
        if (name.starts_with("ktest-") && !owner_lives(name)) dead.insert(name);
    } catch (const slipway::Error&) {  // nobody has groups in this hierarchy
    }
  }
  for (const std::string& name : dead) labkit::remove_groups(name);
}

}  // namespace

std::string group_name() {
  static int number = (sweep(), 0);
  return fmt::format("ktest-{}-{}-{}", ::getpid(), labkit::look_at(::getpid())->start_time,
                     ++number);
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    ::usleep(2'000);
  }
  return false;
}

bool is_alive(pid_t pid) {
  const auto process = labkit::look_at(pid);
  return process && process->state != 'Z' && process->state != 'X';
}

bool has_child(pid_t pid) {
  const auto process = labkit::look_at(pid);
  return process && process->parent == ::getpid();
}

slipway::Child start_sleeper(const slipway::Birth& birth) {
  return slipway::start(birth, [] { slipway::execute({"sleep", "1000"}); });
}

pid_t fork_to(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    ::_exit(act());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    ::_exit(99);
  }
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int shell(const std::string& line) {
  return slipway::start({}, [&] { slipway::execute({"sh", "-c", line}); }).wait().status();
}

bool has_controller(std::string_view name) {
  for (const slipway::Hierarchy& hierarchy : slipway::hierarchies())
    if (hierarchy.has(name)) return true;
  return false;
}

std::string controller_of_v2() {
  for (const slipway::Hierarchy& hierarchy : slipway::hierarchies())
    if (hierarchy.version == 2 && !hierarchy.controllers.empty())
      return hierarchy.controllers.front();
  return "";
}

}  // namespace machine
