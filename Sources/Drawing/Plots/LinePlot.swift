/// Curves over a common axis.
public struct LinePlot: Sendable {
  /// A curve.
  public struct Curve: Sendable {
    /// What the legend calls it.
    public var name: String
    /// Its points, from left to right.
    public var points: [(x: Double, y: Double)]
    /// The number of its colour; curves of one number share theirs.
    public var colour: Int
    /// Whether it is drawn in dashes and with a mark at each point.
    public var isMarked: Bool

    /// Creates a curve.
    public init(
      name: String, points: [(x: Double, y: Double)], colour: Int, isMarked: Bool = false
    ) {
      self.name = name
      self.points = points
      self.colour = colour
      self.isMarked = isMarked
    }
  }

  let title: String
  let horizontalName: String
  let verticalName: String
  let curves: [Curve]
  let horizontal: PlotAxis
  let vertical: PlotAxis

  /// Lays out curves; points that are no numbers are left out.
  public init(title: String, horizontalName: String, verticalName: String, curves: [Curve]) {
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
