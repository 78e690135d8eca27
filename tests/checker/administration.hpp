#pragma once
// Administration: what people do to daemons that serve: reloads, good ones and bad ones, imports, many rows at once. It
// joins the schedule of faults, takes no answers away, and excuses no errors.

#include "checker/faults.hpp"
#include "checker/world.hpp"
#include "support/temp_dir.hpp"

namespace maproom::checker {

/// Lives as long as the faults that it is added to. What does not come out as it should is printed and counted.
class Administration {
 public:
  explicit Administration(World& world);
  void add_to(Faults& faults);
  [[nodiscard]] std::size_t wrong() const { return wrong_; }

 private:
  unsigned reload();
  unsigned reload_what_is_bad(unsigned daemon);
  unsigned add_a_map_and_take_it_away(unsigned daemon);
  unsigned import();
  unsigned many_rows(unsigned number);

  World& world_;
  test::TempDir postfix_;
  std::size_t wrong_ = 0;
  std::string imported_;  ///< what the first import wrote
};

}  // namespace maproom::checker
