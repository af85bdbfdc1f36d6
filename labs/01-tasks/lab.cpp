// tasks: lists the threads and the children of a process, as the kernel's own lists have them.
// The lesson is lessons/01-tasks.md.

#include <fmt/core.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;

constexpr char usage[] = "tasks PID";

//! [given]
// The text of a file in /proc, or nothing when the task that it speaks of has ended meanwhile:
// the kernel says ENOENT or ESRCH then, when the file is opened or when it is read.
std::optional<std::string> read_if_there(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return std::nullopt;
    throw;
  }
}

// "12 7 305" or "12 7 305 \n" as numbers; empty text is no number.
std::vector<pid_t> numbers_in(const std::string& text) {
  std::vector<pid_t> numbers;
  size_t begin = 0;
  while ((begin = text.find_first_of("0123456789", begin)) != std::string::npos) {
    const size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
    numbers.push_back(static_cast<pid_t>(to_number(text.substr(begin, end - begin))));
    begin = end;
  }
  return numbers;
}
//! [given]

// Step 1. The thread ids of a process. The first thread's id is the pid itself.
std::vector<pid_t> threads_of([[maybe_unused]] pid_t pid) {
  //! [threads]
  std::vector<pid_t> threads;
  for (const std::string& name : list_folder(fmt::format("/proc/{}/task", pid)))
    threads.push_back(static_cast<pid_t>(to_number(name)));
  return threads;
  //! [threads]
}

// Step 2. The pids of the children that one thread has started. Empty when there are none, and when
// the thread has ended meanwhile.
std::vector<pid_t> children_of([[maybe_unused]] pid_t pid, [[maybe_unused]] pid_t thread) {
  //! [children]
  const auto list = read_if_there(fmt::format("/proc/{}/task/{}/children", pid, thread));
  return numbers_in(list.value_or(""));
  //! [children]
}

// Step 3. The children of a process are those of all its threads.
std::vector<pid_t> all_children([[maybe_unused]] pid_t pid,
                                [[maybe_unused]] const std::vector<pid_t>& threads) {
  //! [all]
  std::vector<pid_t> all;
  for (const pid_t thread : threads)
    for (const pid_t child : children_of(pid, thread)) all.push_back(child);
  return all;
  //! [all]
}

//! [print]
int list(pid_t pid) {
  const std::vector<pid_t> threads = threads_of(pid);
  for (const pid_t thread : threads) fmt::print("thread {}\n", thread);
  for (const pid_t child : all_children(pid, threads)) fmt::print("child {}\n", child);
  return 0;
}
//! [print]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string pid = arguments.word("PID");
    arguments.end();
    return list(static_cast<pid_t>(to_number(pid)));
  });
}
