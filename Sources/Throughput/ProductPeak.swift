import Tensors

/// Packed products on all threads at once, for as long as a moment.
final class ProductPeak {
  private let members: [Member]
  private let team: WorkerTeam

  init(rows: Int, columns: Int, inner: Int, isRounded: Bool, threads: Int) {
    let shape = ProductShape(rows: rows, columns: columns, inner: inner)
    team = WorkerTeam(members: threads)
    members = (0..<threads).map { _ in
      isRounded ? TypedMember<BFloat16>(shape) : TypedMember<Float>(shape)
    }
  }

  // Operations per second over about a tenth of a second.
  func measure() -> Double {
    let shape = members[0].shape
    let repeats = max(1, Int(1e10 / shape.operations))
    let time = ContinuousClock().measure {
      team.perform(on: members) { member in
        for _ in 0..<repeats { member.run() }
      }
    }
    return Double(repeats * members.count) * shape.operations / (time / .seconds(1))
  }

  class Member {
    let shape: ProductShape
    init(_ shape: ProductShape) { self.shape = shape }
    func run() {}
  }

  private final class TypedMember<Element: ProductFactor>: Member {
    private let product: Product<Element>
    private let left: Matrix<Element>
    private let right: PackedMatrix<Element>
    private let result: Matrix<Float>

    override init(_ shape: ProductShape) {
      product = Product(shape, packsRight: true)
      left = Matrix(rows: shape.rows, columns: shape.inner)
      right = product.packedRight()
      result = Matrix(rows: shape.rows, columns: shape.columns)
      super.init(shape)
    }

    override func run() { product.multiply(left, by: right, into: result) }
  }
}
