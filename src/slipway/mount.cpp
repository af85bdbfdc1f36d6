#include "slipway/mount.hpp"

#include <fcntl.h>
#include <sys/mount.h>

#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/root.hpp"

namespace slipway {
namespace {

bool is_octal(std::string_view digits) {
  return digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos;
}

// The kernel writes space, tab, newline and backslash as \040, \011, \012 and \134.
std::string unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i).substr(1, 3);
    if (text[i] == '\\' && is_octal(digits)) {
      plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + digits[2] - '0');
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::vector<Mount> mounts(const std::string& mountinfo) {
  std::vector<Mount> all;
  for (const std::string& line : read_lines(mountinfo)) all.push_back(parse_mount(line));
  return all;
}

Mount parse_mount(const std::string& line) {
  // ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [PROPAGATION...] - TYPE SOURCE SUPER-OPTIONS
  const std::vector<std::string> fields = split(line, ' ');
  size_t dash = 6;
  while (dash < fields.size() && fields[dash] != "-") ++dash;
  if (dash + 4 != fields.size())
    throw Error(fmt::format("\"{}\" is not a line of mountinfo", line));
  Mount mount;
  mount.id = static_cast<int>(to_number(fields[0]));
  mount.parent = static_cast<int>(to_number(fields[1]));
  mount.root = unescape(fields[3]);
  mount.target = unescape(fields[4]);
  mount.options = split(fields[5], ',');
  for (size_t i = 6; i < dash; ++i) mount.propagation.push_back(fields[i]);
  mount.type = fields[dash + 1];
  mount.source = unescape(fields[dash + 2]);
  mount.super_options = split(fields[dash + 3], ',');
  return mount;
}

void mount_in_root(const std::string& root, const NewMount& mount) {
  const auto at = [](const Descriptor& folder) {
    return fmt::format("/proc/self/fd/{}", folder.get());  // mount(2) takes no descriptor
  };
  const Descriptor target = open_in_root(root, mount.target, O_PATH);
  const std::string place = at(target);
  check(::mount(mount.source, place.c_str(), mount.type, mount.flags, mount.data),
        "mount {} on {} in {}", mount.source, mount.target, root);
  constexpr unsigned long first = MS_BIND | MS_REC;
  if ((mount.flags & MS_BIND) == 0 || (mount.flags & ~first) == 0) return;
  // The descriptor is still of the folder below. What lies on it now is found by its name.
  const Descriptor top = open_in_root(root, mount.target, O_PATH);
  const std::string above = at(top);
  check(::mount(nullptr, above.c_str(), nullptr, MS_REMOUNT | (mount.flags & ~MS_REC), nullptr),
        "set the flags of {} in {}", mount.target, root);
}

}  // namespace slipway
