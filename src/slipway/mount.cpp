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

// The kernel writes space, tab, newline, backslash and # as \040, \011, \012, \134 and \043; in an
// option the comma, too.
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

std::string escape(std::string_view text, std::string_view special = " \t\n\\#") {
  std::string line;
  for (const char letter : text) {
    if (special.find(letter) == std::string_view::npos)
      line += letter;
    else
      line += fmt::format("\\{:03o}", static_cast<unsigned char>(letter));
  }
  return line;
}

std::vector<std::string> parse_options(std::string_view field) {
  std::vector<std::string> options = split(field, ',');
  for (std::string& option : options) option = unescape(option);
  return options;
}

std::string options_field(const std::vector<std::string>& options) {
  std::string field;
  for (const std::string& option : options) field += escape(option, " \t\n\\#,") + ",";
  if (!field.empty()) field.pop_back();
  return field;
}

void add_optional_field(Propagation& propagation, const std::string& field) {
  const size_t colon = field.find(':');
  const std::string tag = field.substr(0, colon);
  const auto group = [&] {
    return static_cast<int>(to_number(colon == std::string::npos ? "" : field.substr(colon + 1)));
  };
  if (tag == "shared")
    propagation.shared = group();
  else if (tag == "master")
    propagation.master = group();
  else if (tag == "propagate_from")
    propagation.propagate_from = group();
  else if (field == "unbindable")
    propagation.unbindable = true;
  else
    propagation.unknown.push_back(field);  // "Parsers should ignore all unrecognized" ones
}

std::string optional_fields(const Propagation& propagation) {
  std::string fields;
  if (propagation.shared != 0) fields += fmt::format("shared:{} ", propagation.shared);
  if (propagation.master != 0) fields += fmt::format("master:{} ", propagation.master);
  if (propagation.propagate_from != 0)
    fields += fmt::format("propagate_from:{} ", propagation.propagate_from);
  if (propagation.unbindable) fields += "unbindable ";
  for (const std::string& field : propagation.unknown) fields += field + " ";
  return fields;
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
  const std::vector<std::string> device = split(fields[2], ':');
  if (device.size() != 2) throw Error(fmt::format("\"{}\" is no device number", fields[2]));
  mount.major = static_cast<unsigned>(to_number(device[0]));
  mount.minor = static_cast<unsigned>(to_number(device[1]));
  mount.root = unescape(fields[3]);
  mount.target = unescape(fields[4]);
  mount.options = parse_options(fields[5]);
  for (size_t i = 6; i < dash; ++i) add_optional_field(mount.propagation, fields[i]);
  mount.type = unescape(fields[dash + 1]);
  mount.source = unescape(fields[dash + 2]);
  mount.super_options = parse_options(fields[dash + 3]);
  return mount;
}

std::string mountinfo_line(const Mount& mount) {
  return fmt::format("{} {} {}:{} {} {} {} {}- {} {} {}", mount.id, mount.parent, mount.major,
                     mount.minor, escape(mount.root), escape(mount.target),
                     options_field(mount.options), optional_fields(mount.propagation),
                     escape(mount.type), escape(mount.source), options_field(mount.super_options));
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
  const unsigned long flags = MS_REMOUNT | MS_BIND | (mount.flags & ~first);
  check(::mount(nullptr, above.c_str(), nullptr, flags, nullptr), "set the flags of {} in {}",
        mount.target, root);
}

}  // namespace slipway
