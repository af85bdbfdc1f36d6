#include "slipway/error.hpp"

#include "catch.hpp"

using slipway::check;
using slipway::Error;
using slipway::fail;

namespace {

template <typename Act>
Error thrown_by(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  return Error("nothing was thrown", -1, -1);
}

int fails_with(int code) {
  errno = code;
  return -1;
}

}  // namespace

TEST_CASE("an error is a sentence of operation, object, value and errno") {
  const std::string path = "/sys/fs/cgroup/a/cpu.max";
  const Error error =
      thrown_by([&] { check(fails_with(EBUSY), "write \"{}\" to {}", "10000", path); });
  CHECK(error.what() ==
        std::string("write \"10000\" to /sys/fs/cgroup/a/cpu.max: Device or resource busy"));
  CHECK(error.code() == EBUSY);
  CHECK(error.exit_status() == 125);
}

TEST_CASE("check passes through whatever is not -1") {
  CHECK(check(0, "open") == 0);
  CHECK(check(7L, "open") == 7);
  CHECK(check(-2, "open") == -2);
}

TEST_CASE("check knows a failure of every type that system calls return") {
  errno = EPERM;
  CHECK(thrown_by([] { check(ssize_t{-1}, "read"); }).code() == EPERM);
  CHECK(thrown_by([] { check(-1L, "clone"); }).code() == EPERM);
  CHECK(thrown_by([] { check(static_cast<unsigned>(-1), "x"); }).code() == EPERM);
}

TEST_CASE("fail takes the errno it is given, not the one that is set") {
  errno = EPERM;
  const Error error = thrown_by([] { fail(ENOENT, "list {}", "/nowhere"); });
  CHECK(error.what() == std::string("list /nowhere: No such file or directory"));
  CHECK(error.code() == ENOENT);
}

TEST_CASE("an error without errno keeps its sentence and its exit status") {
  const Error error("no command to run", 0, 127);
  CHECK(error.what() == std::string("no command to run"));
  CHECK(error.code() == 0);
  CHECK(error.exit_status() == 127);
}

TEST_CASE("braces in a value are not a format") {
  const std::string value = "{}{0}{";
  CHECK(thrown_by([&] { check(fails_with(EINVAL), "write {}", value); }).what() ==
        std::string("write {}{0}{: Invalid argument"));
}
