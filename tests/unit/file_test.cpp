#include "slipway/file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"

using namespace slipway;

namespace {

/// A folder of this test's own.
class Folder {
 public:
  Folder() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/slipway-unit-XXXXXX";
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a kernel file gets its value in one write") {
  // A pipe in packet mode keeps the bounds of writes: one read gives what one write gave.
  const Pipe pipe = make_pipe(O_DIRECT | O_NONBLOCK);
  write_file("/proc/self/fd/" + std::to_string(pipe.write.get()), "10000 100000");
  char buffer[64];
  CHECK(::read(pipe.read.get(), buffer, sizeof buffer) == 12);
  CHECK(::read(pipe.read.get(), buffer, sizeof buffer) == -1);
}

TEST_CASE("write_file neither makes a file nor empties one") {
  const Folder folder;
  const std::string path = folder.path() + "/new";
  CHECK_THROWS_WITH(write_file(path, "1"),
                    "write \"1\" to " + path + ": No such file or directory");
  CHECK(!exists(path));
  const std::string old = folder.file("old", "123456");
  write_file(old, "ab");
  CHECK(read_file(old) == "ab3456");
}

TEST_CASE("a value that the kernel refuses is in the error, with the file and the reason") {
  try {
    write_file("/dev/full", "10 %");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.what() == std::string("write \"10 %\" to /dev/full: No space left on device"));
    CHECK(error.code() == ENOSPC);
  }
}

TEST_CASE("a short write is an error: half a value is another value") {
  const Folder folder;
  const std::string path = folder.file("small", "");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto restore = [&] { ::setrlimit(RLIMIT_FSIZE, &before); };
  try {
    write_file(path, "123456");
    restore();
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    restore();
    CHECK(error.what() == "write \"123456\" to " + path + ": only 4 bytes were taken");
  }
}

TEST_CASE("a file is read whole, with zero bytes and beyond one buffer") {
  const Folder folder;
  const std::string text = std::string("a\0b", 3) + std::string(10'000, 'x');
  CHECK(read_file(folder.file("big", text)) == text);
  CHECK(read_file(folder.file("empty", "")).empty());
}

TEST_CASE("what cannot be read is named with the reason") {
  CHECK_THROWS_WITH(read_file("/nowhere"), "read /nowhere: No such file or directory");
  CHECK_THROWS_WITH(read_file("/tmp"), "read /tmp: Is a directory");
  try {
    read_file("/nowhere");
  } catch (const Error& error) {
    CHECK(error.code() == ENOENT);
  }
}

TEST_CASE("lines come without their newlines, and without an empty last one") {
  const Folder folder;
  CHECK(read_lines(folder.file("two", "a\n\nb\n")) == Words{"a", "", "b"});
  CHECK(read_lines(folder.file("open", "a\nb")) == Words{"a", "b"});
  CHECK(read_lines(folder.file("empty", "")).empty());
}

TEST_CASE("a number is the whole of its file") {
  const Folder folder;
  CHECK(read_number(folder.file("plain", "52428800\n")) == 52428800);
  CHECK(read_number(folder.file("bare", "-1")) == -1);
  for (const char* text :
       {"max\n", "", "\n", "1 2\n", " 1\n", "1\n\n", "+1\n", "0x10\n", "9223372036854775808\n"}) {
    const std::string path = folder.file("other", text);
    CHECK_THROWS_WITH(read_number(path), StartsWith("read " + path + ": \""));
  }
}

TEST_CASE("a keyed number is found by its whole key") {
  const Folder folder;
  const std::string path =
      folder.file("stat", "nr_periods_total 5\nnr_periods 12\nword x\nalone\nempty \n");
  CHECK(read_keyed(path, "nr_periods") == 12);
  CHECK(read_keyed(path, "nr_periods_total") == 5);
  CHECK_THROWS_WITH(read_keyed(path, "nr"), "read " + path + ": no key nr in it");
  CHECK_THROWS_WITH(read_keyed(path, "alone"), "read " + path + ": no key alone in it");
  CHECK_THROWS_WITH(read_keyed(path, "word"), "read " + path + ": \"x\" is not a number");
  CHECK_THROWS_WITH(read_keyed(path, "empty"), "read " + path + ": \"\" is not a number");
}

TEST_CASE("split gives one piece more than there are separators") {
  CHECK(split("", ',') == Words{""});
  CHECK(split("a", ',') == Words{"a"});
  CHECK(split("a,,b,", ',') == Words{"a", "", "b", ""});
  CHECK(split(",", ',') == Words{"", ""});
}

TEST_CASE("a number is decimal and nothing else") {
  CHECK(to_number("0") == 0);
  CHECK(to_number("-9223372036854775808") == INT64_MIN);
  CHECK_THROWS_WITH(to_number("12a"), "\"12a\" is not a number");
  CHECK_THROWS_WITH(to_number(""), "\"\" is not a number");
}

TEST_CASE("a folder is listed sorted, without itself and its parent") {
  const Folder folder;
  folder.file("b", "");
  folder.file("a", "");
  folder.file(".hidden", "");
  CHECK(list_folder(folder.path()) == Words{".hidden", "a", "b"});
  CHECK_THROWS_WITH(list_folder("/nowhere"), "list /nowhere: No such file or directory");
}

TEST_CASE("a link to nothing is nothing") {
  const Folder folder;
  const std::string link = folder.path() + "/link";
  REQUIRE(::symlink("/nowhere", link.c_str()) == 0);
  CHECK(!exists(link));
  CHECK(exists(folder.path()));
}
