// Layers for an overlay, and a command that changes what it sees of them.

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "modes.hpp"

namespace payload {
namespace {

bool write_text(const char* path, const char* text, int flags) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
  if (file == -1) return false;
  const auto length = static_cast<ssize_t>(::strlen(text));
  const bool whole = ::write(file, text, static_cast<size_t>(length)) == length;
  ::close(file);
  return whole;
}

// A file in a layer that says of which layer it is, and a word that only this trial knows.
bool make_file(const char* top, const char* layer, const char* name, const char* word) {
  char path[512];
  char text[256];
  ::snprintf(path, sizeof path, "%s/%s/%s", top, layer, name);
  ::snprintf(text, sizeof text, "%s %s\n", layer, word);
  return write_text(path, text, O_CREAT | O_EXCL);
}

bool make_folder(const char* top, const char* layer, const char* name) {
  char path[512];
  ::snprintf(path, sizeof path, "%s/%s/%s", top, layer, name);
  return ::mkdir(path, 0755) == 0;
}

bool copy_helper(const char* top, const char* layer) {
  char path[512];
  ::snprintf(path, sizeof path, "%s/%s/payload", top, layer);
  const int from = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  const int to = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
  struct stat info;
  if (from == -1 || to == -1 || ::fstat(from, &info) == -1) return false;
  off_t at = 0;
  while (at < info.st_size)
    if (::sendfile(to, from, &at, static_cast<size_t>(info.st_size - at)) <= 0) return false;
  ::close(from);
  ::close(to);  // what is open for writing cannot be executed
  return true;
}

struct File {
  const char* layer;
  const char* name;
};

constexpr File folders[] = {{"a", ""},    {"b", ""},    {"u", ""},    {"w", ""},
                            {"a", "dir"}, {"b", "dir"}, {"b", "old"}, {"b", "proc"}};
constexpr File files[] = {{"a", "from-a"}, {"b", "from-b"},    {"u", "from-u"}, {"a", "both"},
                          {"b", "both"},   {"a", "all"},       {"b", "all"},    {"u", "all"},
                          {"a", "dir/a"},  {"b", "dir/b"},     {"b", "goes"},   {"b", "moves"},
                          {"b", "mode"},   {"b", "old/inner"}, {"a", "stays"}};

}  // namespace

// layers TOP WORD TOKEN: the folder TOP with the layers a, b and u and the folder w in it.
int make_layers(char** words) {
  ::umask(022);
  if (::mkdir(words[0], 0755) == -1) return 3;
  for (const File& folder : folders)
    if (!make_folder(words[0], folder.layer, folder.name)) return 3;
  for (const File& file : files)
    if (!make_file(words[0], file.layer, file.name, words[1])) return 3;
  return copy_helper(words[0], "b") ? 0 : 3;
}

// change WORD TOKEN: changes what lies in the layers, as far as it can; then holds, with a child.
int change_merged(char** words) {
  write_text("/made", words[0], O_CREAT | O_EXCL);
  write_text("/from-b", words[0], O_APPEND);
  write_text("/from-a", words[0], O_TRUNC);
  ::chmod("/mode", 0600);
  ::rename("/moves", "/moved");
  ::unlink("/goes");
  ::unlink("/old/inner");
  ::rmdir("/old");
  if (::mkdir("/old", 0755) == 0) write_text("/old/new", words[0], O_CREAT | O_EXCL);
  tell_and_hold();
}

}  // namespace payload
