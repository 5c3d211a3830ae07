import Experiments
import Foundation
import MuseGen

extension GradientPlot {
  /// The plot as a scalable picture, with axes and a legend.
  func svg() -> String {
    let (width, height, left, top, bottom) = (760.0, 460.0, 64.0, 44.0, 52.0)
    let right = 16.0
    func x(_ step: Int) -> Double { left + (width - left - right) * share(ofStep: step) }
    func y(_ share: Double) -> Double { height - bottom - (height - bottom - top) * share }
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 \(460 + 18 * curves.count)" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      <text x="\(left)" y="24" font-size="15">How strongly the loss depends on the state \
      at earlier steps</text>

      """
    for power in powers {
      let place = y(share(ofPower: power))
      text += """
        <path d="M\(left) \(place)H\(width - right)" stroke="#ddd"/>
        <text x="\(left - 6)" y="\(place + 4)" text-anchor="end">1e\(power)</text>

        """
    }
    for step in ticks {
      text += """
        <text x="\(x(step))" y="\(height - bottom + 18)" text-anchor="middle">\(step)</text>

        """
    }
    text += """
      <text x="\(width / 2)" y="\(height - 14)" text-anchor="middle">distance T − t, steps</text>
      <text transform="translate(14 \(height / 2)) rotate(-90)" text-anchor="middle">\
      |dL_T/dh_t|</text>

      """
    for (index, curve) in curves.enumerated() {
      let color = PlotPalette.color(index)
      let points = curve.norms.enumerated().prefix { isVisible($0.element) }.map {
        "\(x($0.offset).decimals(1)),\(y(share(ofNorm: $0.element)).decimals(1))"
      }
      let line = height + 14 + 18 * Double(index)
      text += """
        <polyline fill="none" stroke="\(color)" stroke-width="2" \
        points="\(points.joined(separator: " "))"/>
        <path d="M\(left) \(line - 4)h24" stroke="\(color)" stroke-width="2"/>
        <text x="\(left + 32)" y="\(line)">\(escapedForXML(summary(curve)))</text>

        """
    }
    return text + "</svg>\n"
  }
}
