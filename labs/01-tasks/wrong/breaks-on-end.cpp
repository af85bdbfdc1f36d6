// Wrong: a thread that ends while the list is made ends the program.

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;

int list(const std::string& pid) {
  const std::string task = "/proc/" + pid + "/task/";
  const std::vector<std::string> threads = list_folder(task);
  for (const std::string& thread : threads) fmt::print("thread {}\n", thread);
  for (const std::string& thread : threads)
    for (const std::string& child : split(read_file(task + thread + "/children"), ' '))
      if (!child.empty()) fmt::print("child {}\n", child);
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "tasks PID",
                    [](frame::Arguments& words) { return list(words.word("PID")); });
}
