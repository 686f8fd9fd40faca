#include "operators.h"

#include "group.h"
#include "projections.h"
#include "prox.h"

namespace deeptype {
namespace {

template <class T>
struct NamedOperator {
  std::string_view name;
  RowOperator<T> apply;
};

}  // namespace

template <class T>
RowOperator<T> findOperator(std::string_view wanted) {
  using Row = std::span<T>;
  using G = HostGroup<T>;
  static constexpr NamedOperator<T> operators[] = {
      {"l1", [](Row v, double t, double) { proxL1(G(v), t); }},
      {"l2-squared", [](Row v, double t, double) { proxL2Squared(G(v), t); }},
      {"group-l2", [](Row v, double t, double) { proxGroupL2(G(v), t); }},
      {"l-infinity", [](Row v, double t, double) { proxLInfinity(G(v), t); }},
      {"elastic-net", [](Row v, double t, double ratio) { proxElasticNet(G(v), t, ratio); }},
      {"l1-ball", [](Row v, double radius, double) { projectL1Ball(G(v), radius); }},
      {"l2-ball", [](Row v, double radius, double) { projectL2Ball(G(v), radius); }},
      {"l-infinity-ball", [](Row v, double radius, double) { projectLInfinityBall(G(v), radius); }},
      {"simplex", [](Row v, double, double) { projectSimplex(G(v)); }},
  };
  for (const auto& [name, apply] : operators) {
    if (name == wanted) return apply;
  }
  return nullptr;
}

template <class T>
void proxHierarchicalRow(std::span<T> v, std::span<T> u, double lambda, double lambdaBar,
                         double bound) {
  proxHierarchical(HostGroup<T>(v), HostGroup<T>(u), lambda, lambdaBar, bound);
}

#define DEEPTYPE_INSTANTIATE(T)                              \
  template RowOperator<T> findOperator<T>(std::string_view); \
  template void proxHierarchicalRow(std::span<T>, std::span<T>, double, double, double);
DEEPTYPE_INSTANTIATE(float)
DEEPTYPE_INSTANTIATE(double)
#undef DEEPTYPE_INSTANTIATE

}  // namespace deeptype
