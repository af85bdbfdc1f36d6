#include "slipway/overlay.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include "slipway/error.hpp"
#include "slipway/namespace.hpp"

namespace slipway {
namespace {

std::string escaped(const std::string& folder, std::string_view special) {
  std::string text;
  for (const char letter : folder) {
    if (special.find(letter) != std::string_view::npos) text += '\\';
    text += letter;
  }
  return text;
}

// Not by its map: another one may map every id to itself, too. This inode is fixed:
// USER_NS_INIT_INO of linux/nsfs.h, which older headers do not have.
bool in_machines_user_namespace() {
  constexpr ino_t machines = 0xeffffffd;
  return namespace_inode(0, namespace_kind("user")) == machines;
}

}  // namespace

std::string overlay_options(const Layers& layers) {
  if (layers.lower.empty() || layers.upper.empty() || layers.work.empty())
    throw Error("an overlay needs a lower layer, an upper one and a work folder");
  std::string text = "lowerdir=";
  for (const std::string& folder : layers.lower) text += escaped(folder, "\\:,") + ":";
  text.back() = ',';
  text += fmt::format("upperdir={},workdir={}", escaped(layers.upper, "\\,"),
                      escaped(layers.work, "\\,"));
  if (!in_machines_user_namespace()) text += ",userxattr";
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  if (text.size() >= page)
    throw Error(fmt::format(
        "the names of the layers are {} bytes together, and mount(2) takes fewer than {}: give "
        "shorter ones",
        text.size(), page));
  return text;
}

void mount_overlay(const Layers& layers, const std::string& place, unsigned long flags) {
  const std::string data = overlay_options(layers);
  check(::mount("overlay", place.c_str(), "overlay", flags, data.c_str()),
        "mount an overlay on {} with {}", place, data);
}

}  // namespace slipway
