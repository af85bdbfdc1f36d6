#include "slipway/id_map.hpp"

#include <unistd.h>

#include "catch.hpp"
#include "slipway/error.hpp"

using namespace slipway;

TEST_CASE("id map: three numbers with colons between them") {
  CHECK(parse_id_map("0:1000:1") == IdMap{0, 1000, 1});
  CHECK(parse_id_map("5:100000:65536") == IdMap{5, 100000, 65536});
  CHECK(parse_id_map("0:0:4294967295") == IdMap{0, 0, 4294967295});
}

TEST_CASE("id map: what is anything else is refused, with the text that it was") {
  for (const char* text : {"", "0", "0:1000", "0:1000:1:1", ":1000:1", "0:1000:", "0:1000:1x",
                           "0:-1:1", " 0:1000:1", "0:1000:0x1", "a:b:c", "0:4294967296:1"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_id_map(text),
                      StartsWith(fmt::format("\"{}\" is not INSIDE:OUTSIDE:COUNT", text)));
  }
}

TEST_CASE("id map: nobody and the id -1 cannot be mapped") {
  CHECK_THROWS_WITH(parse_id_map("0:1000:0"), contains("maps nobody"));
  CHECK_THROWS_WITH(parse_id_map("0:4294967295:1"), contains("greater than 4294967294"));
  CHECK_THROWS_WITH(parse_id_map("4294967290:0:6"), contains("greater than 4294967294"));
  CHECK(parse_id_map("4294967290:0:5").count == 5);
}

TEST_CASE("id map: the kernel's lines are columns") {
  CHECK(parse_id_maps({"         0       1000          1", "         1     100000      65536"}) ==
        std::vector<IdMap>{{0, 1000, 1}, {1, 100000, 65536}});
  CHECK(parse_id_maps({}).empty());
  CHECK_THROWS_AS(parse_id_maps({"0 1000"}), Error);
}

TEST_CASE("id map: this process has some") {
  CHECK_FALSE(id_maps(::getpid(), "uid_map").empty());
  CHECK_FALSE(id_maps(::getpid(), "gid_map").empty());
  CHECK_THROWS_WITH(id_maps(0x7ffffffe, "uid_map"), contains("/uid_map"));
}
