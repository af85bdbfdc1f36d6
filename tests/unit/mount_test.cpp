#include <algorithm>

#include "slipway/mount.hpp"

#include "catch.hpp"
#include "slipway/error.hpp"

using slipway::Mount;
using slipway::parse_mount;

using Words = std::vector<std::string>;

TEST_CASE("every field of a mountinfo line has its place") {
  const Mount mount = parse_mount(
      "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:7 master:1 - ext3 /dev/root rw,errors=continue");
  CHECK(mount.id == 36);
  CHECK(mount.parent == 35);
  CHECK(mount.major == 98);
  CHECK(mount.minor == 0);
  CHECK(mount.root == "/mnt1");
  CHECK(mount.target == "/mnt2");
  CHECK(mount.options == Words{"rw", "noatime"});
  CHECK(mount.propagation == slipway::Propagation{.shared = 7, .master = 1});
  CHECK(mount.type == "ext3");
  CHECK(mount.source == "/dev/root");
  CHECK(mount.super_options == Words{"rw", "errors=continue"});
}

TEST_CASE("a private mount has no optional field") {
  const Mount mount = parse_mount("1 0 0:2 / / rw - rootfs rootfs rw");
  CHECK(mount.propagation == slipway::Propagation{});
  CHECK(mount.type == "rootfs");
}

TEST_CASE("each optional field is known by its word, and those of a newer kernel are kept") {
  const auto of = [](const std::string& fields) {
    return parse_mount("1 0 0:2 / / rw " + fields + " - tmpfs none rw").propagation;
  };
  CHECK(of("master:3 propagate_from:2").master == 3);
  CHECK(of("master:3 propagate_from:2").propagate_from == 2);
  CHECK(of("unbindable").unbindable);
  CHECK(of("shared:1 idmapped new:5").unknown == Words{"idmapped", "new:5"});
  CHECK_THROWS_AS(of("shared:many"), slipway::Error);
  CHECK_THROWS_AS(of("shared"), slipway::Error);
}

TEST_CASE("an option may hold what separates options") {
  const Mount mount =
      parse_mount("1 0 0:2 / / rw - overlay none rw,lowerdir=/a\\054b:/c\\040d,upperdir=/u");
  CHECK(mount.super_options == Words{"rw", "lowerdir=/a,b:/c d", "upperdir=/u"});
}

TEST_CASE("a mount is written as the line that it was read from") {
  for (const std::string line :
       {"36 35 98:0 /mnt1 /mnt2 rw,noatime shared:7 master:1 - ext3 /dev/root rw,errors=continue",
        "1 0 0:2 / / rw - rootfs rootfs rw", "1 0 0:2 /a\\040b /c\\011\\134\\012 ro - tmpfs  rw",
        "9 8 0:7 / /x rw master:3 propagate_from:2 - fuse.sshfs a\\043b rw,x=1\\0542",
        "9 8 0:7 / /x rw shared:1 unbindable later:1 - tmpfs none rw"})
    CHECK(slipway::mountinfo_line(parse_mount(line)) == line);
}

TEST_CASE("space, tab, newline and backslash come back from their octal forms") {
  const Mount mount =
      parse_mount("1 0 0:2 /a\\040b /c\\011d\\012e\\134f rw - tmpfs the\\040source rw");
  CHECK(mount.root == "/a b");
  CHECK(mount.target == "/c\td\ne\\f");
  CHECK(mount.source == "the source");
}

TEST_CASE("a backslash that begins no octal number stays") {
  const Mount mount = parse_mount("1 0 0:2 /\\ /a\\04 rw - tmpfs \\999 rw");
  CHECK(mount.root == "/\\");
  CHECK(mount.target == "/a\\04");
  CHECK(mount.source == "\\999");
}

TEST_CASE("a folder called - and an empty source do not shift the fields") {
  CHECK(parse_mount("1 0 0:2 - - rw - tmpfs  rw").target == "-");
  CHECK(parse_mount("1 0 0:2 / /x rw - tmpfs  rw").source.empty());
}

TEST_CASE("what is not a line of mountinfo is refused and shown") {
  const std::string line =
      GENERATE("", " ", "nonsense", "1 0 0:2 / / rw", "1 0 0:2 / / rw -",
               "1 0 0:2 / / rw - tmpfs tmpfs", "1 0 0:2 / / rw - tmpfs tmpfs rw more");
  CHECK_THROWS_WITH(parse_mount(line), "\"" + line + "\" is not a line of mountinfo");
}

TEST_CASE("an id that is not a number is refused") {
  CHECK_THROWS_AS(parse_mount("x 0 0:2 / / rw - tmpfs tmpfs rw"), slipway::Error);
  CHECK_THROWS_AS(parse_mount("1 0 0 / / rw - tmpfs tmpfs rw"), slipway::Error);
  CHECK_THROWS_AS(parse_mount("1 0 0:x / / rw - tmpfs tmpfs rw"), slipway::Error);
  CHECK_THROWS_AS(parse_mount("1 y 0:2 / / rw - tmpfs tmpfs rw"), slipway::Error);
}

TEST_CASE("this machine's own mounts are read, the root among them") {
  const std::vector<Mount> all = slipway::mounts();
  CHECK(std::ranges::any_of(all, [](const Mount& mount) { return mount.target == "/"; }));
  CHECK(std::ranges::any_of(all, [](const Mount& mount) { return mount.type == "proc"; }));
  for (const Mount& mount : all) CHECK(parse_mount(slipway::mountinfo_line(mount)) == mount);
  CHECK_THROWS_WITH(slipway::mounts("/nowhere"), "read /nowhere: No such file or directory");
}
