// Wrong: takes the first lower layer for the one that may be changed.

#include <sched.h>
#include <sys/mount.h>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

struct Layers {
  std::string lower, upper, work;
};

void become(const Layers& layers, const std::vector<std::string>& command) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make private");
  const std::vector<std::string> lower = split(layers.lower, ':');
  const std::string data = "lowerdir=" + lower.at(1) + ",upperdir=" + lower.at(0) +
                           ",workdir=" + layers.work + ",userxattr";
  check(::mount("overlay", layers.upper.c_str(), "overlay", 0, data.c_str()), "mount {}", data);
  enter_root(layers.upper);
  execute(command);
}

int run(const Layers& layers, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWNS}, [&] { become(layers, command); });
  return signals.wait(child).status();
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "overlay --lower A:B --upper U --work W -- COMMAND...",
                    [](frame::Arguments& words) {
                      const std::string lower = words.option("--lower");
                      const std::string upper = words.option("--upper");
                      const std::string work = words.option("--work");
                      return run({lower, upper, work}, words.command());
                    });
}
