#pragma once

#include <string>
#include <vector>

namespace slipway {

/// The folders of which overlayfs makes one tree. Documentation/filesystems/overlayfs.rst.
struct Layers {
  std::vector<std::string> lower;  ///< Only read; the first one lies on top of the others.
  std::string upper;               ///< Takes all changes; its mode is the mode of the new root.
  std::string work;  ///< An empty folder on the file system of `upper`, which the kernel needs.
};

/// The text that tells overlayfs of them, with what stands in a name and would mean something else
/// (a colon, a comma, a backslash) escaped. In a user namespace other than the machine's own it
/// asks for marks that may be written there: "userxattr", Linux 5.11. Throws Error when a layer is
/// missing, or when the text is longer than the page that mount(2) takes.
std::string overlay_options(const Layers& layers);

/// Mounts the merged tree at `place`. `flags` as for mount(2). Throws Error.
void mount_overlay(const Layers& layers, const std::string& place, unsigned long flags = 0);

}  // namespace slipway
