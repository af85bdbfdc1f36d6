#include "slipway/overlay.hpp"

#include <unistd.h>

#include "catch.hpp"
#include "slipway/error.hpp"

using slipway::Error;
using slipway::Layers;
using slipway::overlay_options;

TEST_CASE("an overlay's options name the layers, the top one first") {
  CHECK_THAT(overlay_options({{"/a", "/b"}, "/u", "/w"}),
             StartsWith("lowerdir=/a:/b,upperdir=/u,workdir=/w"));
}

TEST_CASE("what has a meaning in an overlay's options is escaped where it has one") {
  CHECK_THAT(overlay_options({{"/a:1", "/b,2", "/c\\3"}, "/u:,\\", "/w:,\\"}),
             StartsWith("lowerdir=/a\\:1:/b\\,2:/c\\\\3,upperdir=/u:\\,\\\\,workdir=/w:\\,\\\\"));
}

TEST_CASE("an overlay without a layer or a work folder is refused") {
  for (const Layers& layers :
       {Layers{{}, "/u", "/w"}, Layers{{"/a"}, "", "/w"}, Layers{{"/a"}, "/u", ""}})
    CHECK_THROWS_WITH(overlay_options(layers),
                      "an overlay needs a lower layer, an upper one and a work folder");
}

TEST_CASE("an overlay's options fill a page but for its last byte, and no more") {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t least = overlay_options({{"/"}, "/u", "/w"}).size();
  const std::string longest = "/" + std::string(page - 1 - least, 'x');
  CHECK(overlay_options({{longest}, "/u", "/w"}).size() == page - 1);
  CHECK_THROWS_WITH(overlay_options({{longest + "x"}, "/u", "/w"}),
                    contains("are " + std::to_string(page) + " bytes together"));
}
