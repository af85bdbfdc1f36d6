#pragma once

// Catch2 is version 2 on Debian 12 and version 3 from then on; the macros that the tests use are alike.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
