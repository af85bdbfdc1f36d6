#include "labkit/toolkit.hpp"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

std::string program_folder() {
  char path[PATH_MAX];
  const ssize_t length = slipway::check(::readlink("/proc/self/exe", path, sizeof path),
                                        "find where this program lies");
  const std::string file(path, static_cast<size_t>(length));
  return file.substr(0, file.rfind('/'));
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  return real ? real.get() : path;
}

Toolkit find() {
  // SLIPWAY_PREFIX is for the tests, whose programs lie elsewhere.
  const char* given = ::getenv("SLIPWAY_PREFIX");
  Toolkit kit;
  kit.prefix = given != nullptr ? given : real_path(program_folder() + "/..");
  kit.include = kit.prefix + "/include";
  kit.library = kit.prefix + "/lib";
  kit.payload = kit.prefix + "/libexec/slipway/payload";
  kit.vm = kit.prefix + "/libexec/slipway/vm";
  kit.labs = real_path(kit.prefix + "/share/slipway/labs");
  kit.lessons = real_path(kit.prefix + "/share/slipway/lessons");
  for (const std::string* part : {&kit.include, &kit.payload, &kit.labs})
    if (!slipway::exists(*part))
      throw slipway::Error(
          fmt::format("the toolkit is incomplete, {} is missing: build it whole with "
                      "`sudo scripts/setup`, or install it with `cmake --install`",
                      *part));
  return kit;
}

}  // namespace

const Toolkit& toolkit() {
  static const Toolkit kit = find();
  return kit;
}

}  // namespace labkit
