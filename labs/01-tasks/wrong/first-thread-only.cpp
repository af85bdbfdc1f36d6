// Wrong: reads the list of the first thread alone.

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;

int list(const std::string& pid) {
  const std::string task = "/proc/" + pid + "/task/";
  for (const std::string& thread : list_folder(task)) fmt::print("thread {}\n", thread);
  for (const std::string& child : split(read_file(task + pid + "/children"), ' '))
    if (!child.empty()) fmt::print("child {}\n", child);
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "tasks PID",
                    [](frame::Arguments& words) { return list(words.word("PID")); });
}
