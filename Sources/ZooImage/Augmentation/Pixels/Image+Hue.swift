extension Image {
    /// The colour circle turned by `turn`, where 1 is a whole turn; by way of Pillow's 8-bit HSV.
    func withHue(_ turn: Double) -> Image {
        let shift = UInt8(truncatingIfNeeded: Int(turn * 255))
        var result = pixels
        for start in stride(from: 0, to: pixels.count, by: 3) {
            var colour = HueSaturationValue(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
            colour.hue &+= shift
            (result[start], result[start + 1], result[start + 2]) = colour.rgb
        }
        return Image(width: width, height: height, pixels: result)
    }
}

/// A colour as Pillow's mode `HSV` has it. The mixture of float32 and float64 is Pillow's, so that every colour is
/// rounded alike.
struct HueSaturationValue {
    var hue: UInt8
    var saturation: UInt8
    var value: UInt8

    init(red: UInt8, green: UInt8, blue: UInt8) {
        let largest = max(red, green, blue)
        let smallest = min(red, green, blue)
        value = largest
        guard largest > smallest else {
            (hue, saturation) = (0, 0)
            return
        }
        let spread = Float(largest - smallest)
        let redShare = Float(largest - red) / spread
        let greenShare = Float(largest - green) / spread
        let blueShare = Float(largest - blue) / spread
        var angle: Float
        if red == largest {
            angle = blueShare - greenShare
        } else if green == largest {
            angle = Float(2.0 + Double(redShare) - Double(blueShare))
        } else {
            angle = Float(4.0 + Double(greenShare) - Double(redShare))
        }
        angle = Float((Double(angle) / 6.0 + 1.0).truncatingRemainder(dividingBy: 1))
        hue = UInt8(min(max(Double(angle) * 255, 0), 255))
        saturation = UInt8(min(max(Double(spread / Float(largest)) * 255, 0), 255))
    }

    /// Red, green and blue.
    var rgb: (UInt8, UInt8, UInt8) {
        guard saturation > 0 else { return (value, value, value) }
        let position = Double(Float(hue)) * 6.0 / 255.0
        let sector = Int(position)
        let share = Float(position - Double(Float(sector)))
        let strength = Float(Double(Float(saturation)) / 255.0)
        func scaled(_ factor: Double) -> UInt8 {
            UInt8(min(max((Double(Float(value)) * factor).rounded(.toNearestOrAwayFromZero), 0), 255))
        }
        let p = scaled(1.0 - Double(strength))
        let q = scaled(1.0 - Double(strength * share))
        let t = scaled(1.0 - Double(strength) * (1.0 - Double(share)))
        switch sector % 6 {
        case 0: return (value, t, p)
        case 1: return (q, value, p)
        case 2: return (p, value, t)
        case 3: return (p, q, value)
        case 4: return (t, p, value)
        default: return (value, p, q)
        }
    }
}
