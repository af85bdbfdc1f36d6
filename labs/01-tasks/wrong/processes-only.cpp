// Wrong: one thread for the process, however many it has.

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;

int list(const std::string& pid) {
  const std::string task = "/proc/" + pid + "/task/";
  if (!exists(task)) throw Error("no process " + pid);
  fmt::print("thread {}\n", pid);
  for (const std::string& thread : list_folder(task)) {
    try {
      for (const std::string& child : split(read_file(task + thread + "/children"), ' '))
        if (!child.empty()) fmt::print("child {}\n", child);
    } catch (const Error&) {
    }
  }
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "tasks PID",
                    [](frame::Arguments& words) { return list(words.word("PID")); });
}
