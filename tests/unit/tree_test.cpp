#include "labkit/observe/tree.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "slipway/error.hpp"

namespace {

struct Folder {
  std::string path = "/tmp/slipway-tree-XXXXXX";
  Folder() {
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder");
    std::filesystem::create_directories(path + "/layer/below");
    std::ofstream(path + "/layer/below/file") << "bytes";
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("of a file that says it is huge only the beginning is read") {
  const Folder folder;
  std::filesystem::resize_file(folder.path + "/layer/below/file", 1LL << 40);
  const auto entry = labkit::entries_below(folder.path, "/layer").at("below/file");
  CHECK(entry.size == 1LL << 40);
  CHECK(entry.content.starts_with("bytes"));
  CHECK(entry.content.size() <= 8 << 20);
}

TEST_CASE("a tree is equal to itself, read or not, and no longer once anything is changed") {
  const Folder folder;
  const auto before = labkit::entries_below(folder.path, "/layer");
  CHECK(before.size() == 3);
  CHECK(before.at("below/file").content == "bytes");
  CHECK(labkit::entries_below(folder.path, "/layer") == before);
  const std::string file = folder.path + "/layer/below/file";
  SECTION("a mode") {
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
  }
  SECTION("the same bytes once more") {
    std::ofstream(file) << "bytes";
  }
  SECTION("a new link") {
    REQUIRE(::symlink("x", (folder.path + "/layer/x").c_str()) == 0);
  }
  CHECK(labkit::entries_below(folder.path, "/layer") != before);
}

TEST_CASE("a tree is not looked for behind a link, and a link in it is not followed") {
  const Folder folder;
  REQUIRE(::symlink("/etc", (folder.path + "/link").c_str()) == 0);
  CHECK_THROWS_AS(labkit::entries_below(folder.path, "/link"), slipway::Error);
  REQUIRE(::symlink("/etc", (folder.path + "/layer/link").c_str()) == 0);
  const auto seen = labkit::entries_below(folder.path, "/layer");
  CHECK(seen.size() == 4);
  CHECK(seen.at("link").content == "/etc");
}

TEST_CASE("a whiteout is a device 0:0, and an opaque folder has a mark") {
  labkit::SeenEntry entry;
  entry.mode = S_IFCHR;
  CHECK(entry.is_whiteout());
  entry.device = 259;
  CHECK_FALSE(entry.is_whiteout());
  CHECK_FALSE(entry.is_opaque());
  entry.attributes["user.overlay.opaque"] = "y";
  CHECK(entry.is_opaque());
}
