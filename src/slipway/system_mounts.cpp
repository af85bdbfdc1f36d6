#include "slipway/system_mounts.hpp"

#include "slipway/device.hpp"
#include "slipway/root.hpp"

namespace slipway {

void mount_system(const std::string& root) {
  for (const NewMount& mount : system_mounts) {
    make_folder_in_root(root, mount.target);
    mount_in_root(root, mount);
  }
  make_devices(open_in_root(root, "/dev", O_PATH | O_DIRECTORY));
}

}  // namespace slipway
