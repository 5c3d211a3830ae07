/// Curves over a common axis.
struct LinePlot {
  struct Curve {
    var name: String
    var points: [(x: Double, y: Double)]
    /// Which colour it has; curves of one run share theirs.
    var color: Int
    /// Whether it is drawn in dashes and with a mark at each point.
    var isMarked = false
  }

  let title: String
  let horizontalName: String
  let verticalName: String
  let curves: [Curve]
  let horizontal: PlotAxis
  let vertical: PlotAxis

  init(title: String, horizontalName: String, verticalName: String, curves: [Curve]) {
    self.title = title
    self.horizontalName = horizontalName
    self.verticalName = verticalName
    self.curves = curves.map { curve in
      var curve = curve
      curve.points.removeAll { !PlotAxis.canHold($0.x) || !PlotAxis.canHold($0.y) }
      return curve
    }
    horizontal = PlotAxis(holding: self.curves.flatMap { $0.points.map(\.x) })
    vertical = PlotAxis(holding: self.curves.flatMap { $0.points.map(\.y) })
  }
}
