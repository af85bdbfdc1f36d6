#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Files through which the kernel is read and set: /proc, /sys, /sys/fs/cgroup.
namespace slipway {

/// The whole text of a file. Throws Error "read PATH: ...".
std::string read_file(const std::string& path);

/// read_file() cut at its newlines, without them; no empty last line.
std::vector<std::string> read_lines(const std::string& path);

/// The one number that a file holds, as cgroup's counters do. Throws Error when there is another
/// text in it; the word "max" is such a text.
std::int64_t read_number(const std::string& path);

/// The number beside `key` in a file of "key number" lines (cpu.stat, memory.events: "flat keyed"
/// in the kernel's cgroup-v2 text). Throws Error naming the key when it is not there.
std::int64_t read_keyed(const std::string& path, std::string_view key);

/// Writes `value` with a single write(2), as kernel files demand; the file must exist.
/// Throws Error `write "VALUE" to PATH: ...`.
void write_file(const std::string& path, std::string_view value);

/// Whether anything is at `path` (a dangling symbolic link is nothing).
bool exists(const std::string& path);

/// The names in a folder, sorted, without "." and "..". Throws Error "list PATH: ...".
std::vector<std::string> list_folder(const std::string& path);

/// `text` cut at every `separator`; n separators give n + 1 pieces, and empty ones stay.
std::vector<std::string> split(std::string_view text, char separator);

/// `text` without the blanks before and after it.
std::string trimmed(std::string_view text);

/// The decimal number that is the whole of `text`. Throws Error `"TEXT" is not a number`.
std::int64_t to_number(std::string_view text);

}  // namespace slipway
