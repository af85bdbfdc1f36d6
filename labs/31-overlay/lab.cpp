// overlay: runs a command on a root file system made of layers, all but one of which it cannot
// change. The lesson is lessons/31-overlay.md.

#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/root.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "overlay --lower A:B --upper U --work W -- COMMAND...";

//! [given]
struct Layers {
  std::vector<std::string> lower;  // the first one lies on top of the others
  std::string upper;               // takes all changes
  std::string work;                // an empty folder beside it, which the kernel needs for itself
};

// Whether we are in a user namespace other than the machine's own: user_namespaces(7).
bool in_user_namespace() {
  return trimmed(read_file("/proc/self/uid_map")).find("4294967295") == std::string::npos;
}
//! [given]

// Step 1. The text that tells overlayfs of the layers: options with commas between them.
std::string options([[maybe_unused]] const Layers& layers) {
  //! [options]
  std::string text = "lowerdir=";
  for (const std::string& folder : layers.lower) text += folder + ":";
  text.back() = ',';
  text += "upperdir=" + layers.upper + ",workdir=" + layers.work;
  // The marks of overlayfs are extended attributes that only the machine's own root may write.
  if (in_user_namespace()) text += ",userxattr";
  return text;
  //! [options]
}

// Step 2. In a mount namespace that is cut off from all others: mounts the merged tree on `place`.
void mount_merged([[maybe_unused]] const Layers& layers,
                  [[maybe_unused]] const std::string& place) {
  //! [merge]
  const std::string data = options(layers);
  check(::mount("overlay", place.c_str(), "overlay", 0, data.c_str()), "mount an overlay of {}",
        data);
  //! [merge]
}

//! [inside]
// The child's half. The merged tree needs a folder to lie on; which one does not matter, since only
// this mount namespace sees it. Here it is the folder of the upper layer.
void become(const Layers& layers, const std::vector<std::string>& command) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  mount_merged(layers, layers.upper);
  enter_root(layers.upper);
  execute(command);
}

int run(const Layers& layers, const std::vector<std::string>& command) {
  Signals signals;
  Child child = start({.namespaces = CLONE_NEWNS}, [&] { become(layers, command); });
  return signals.wait(child).status();
}
//! [inside]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    Layers layers;
    for (const std::string& folder : split(arguments.option("--lower"), ':'))
      layers.lower.push_back(std::filesystem::absolute(folder));
    layers.upper = std::filesystem::absolute(arguments.option("--upper"));
    layers.work = std::filesystem::absolute(arguments.option("--work"));
    return run(layers, arguments.command());
  });
}
