#include "labkit/observe/list.hpp"

#include "catch.hpp"
#include "slipway/error.hpp"

using labkit::numbers_in;

TEST_CASE("a list of processors is read as the kernel writes it") {
  CHECK(numbers_in("0") == std::set<int>{0});
  CHECK(numbers_in("0-2,5") == std::set<int>{0, 1, 2, 5});
  CHECK(numbers_in("\t7,3\n") == std::set<int>{3, 7});
  CHECK(numbers_in("4-4") == std::set<int>{4});
  CHECK(numbers_in("").empty());
  CHECK(numbers_in("\n").empty());
}

TEST_CASE("a text that is no list is refused") {
  for (const char* bad : {"many", "1-", "-1", "2-1", "1,,2", ",", "1;2", "99999999"})
    CHECK_THROWS_AS(numbers_in(bad), slipway::Error);
}
