#include "slipway/file.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"

namespace slipway {

std::string read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail(errno, "read {}", path);
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count == -1 && errno == EINTR) continue;
    check(count, "read {}", path);
    if (count == 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines = split(read_file(path), '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

namespace {

std::int64_t number_in(const std::string& path, std::string_view text) {
  try {
    return to_number(text);
  } catch (const Error& error) {
    throw Error(fmt::format("read {}: {}", path, error.what()));
  }
}

}  // namespace

std::int64_t read_number(const std::string& path) {
  std::string text = read_file(path);
  if (text.ends_with('\n')) text.pop_back();
  return number_in(path, text);
}

std::int64_t read_keyed(const std::string& path, std::string_view key) {
  for (const std::string& line : read_lines(path)) {
    const size_t space = line.find(' ');
    if (std::string_view(line).substr(0, space) == key && space != std::string::npos)
      return number_in(path, std::string_view(line).substr(space + 1));
  }
  throw Error(fmt::format("read {}: no key {} in it", path, key));
}

void write_file(const std::string& path, std::string_view value) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) fail(errno, "write \"{}\" to {}", value, path);
  ssize_t count;
  do count = ::write(file.get(), value.data(), value.size());
  while (count == -1 && errno == EINTR);
  check(count, "write \"{}\" to {}", value, path);
  if (count != static_cast<ssize_t>(value.size()))
    throw Error(fmt::format("write \"{}\" to {}: only {} bytes were taken", value, path, count));
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::vector<std::string> list_folder(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) fail(errno, "list {}", path);
  std::vector<std::string> names;
  for (errno = 0; const dirent* entry = ::readdir(folder.get()); errno = 0) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) fail(errno, "list {}", path);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  for (size_t end; (end = text.find(separator)) != std::string_view::npos;) {
    pieces.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  pieces.emplace_back(text);
  return pieces;
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::int64_t to_number(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stopped != end)
    throw Error(fmt::format("\"{}\" is not a number", text));
  return number;
}

}  // namespace slipway
