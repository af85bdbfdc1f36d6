// sandbox N: starts a sandbox of `lab check`, runs true(1) in it, and takes it down; prints the
// microseconds of each of the N rounds, a line each.
#include <cstdio>
#include <cstdlib>

#include "labkit/subject/run.hpp"
#include "labkit/subject/sandbox.hpp"

int main(int, char** argv) {
  labkit::Run run;
  for (int round = std::atoi(argv[1]); round > 0; --round) {
    const double begun = labkit::now();
    {
      const std::string name = run.next_name();
      labkit::Sandbox sandbox(name, run.make_folder(name), {});
      if (sandbox.run({"/usr/bin/true"}).wait(60)->status() != 0) return 1;
    }
    std::printf("%.0f\n", (labkit::now() - begun) * 1e6);
  }
}
