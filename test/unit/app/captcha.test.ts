import { loadImage, createCanvas } from '@napi-rs/canvas'
import { expect } from 'chai'
import { PICTURE_SIZE, drawCaptcha } from '../../../src/app/captcha/draw.ts'
import { CAPTCHA_CHARACTERS, GLYPH_BOX, comparable, glyphOf } from '../../../src/app/captcha/glyphs.ts'
import { bend } from '../../../src/app/captcha/bend.ts'
import { strokesOf } from '../../../src/app/captcha/strokes.ts'

describe('the glyphs of the captcha', () => {
  it('are of single upper-case letters and digits, none that is mistaken for another', () => {
    for (const character of CAPTCHA_CHARACTERS) expect(character).to.match(/^[A-Z0-9]$/)
    for (const alike of ['A49H', 'C0ODQG6', 'EFL', 'IJLUV1', 'MN', 'RPBA', 'S358B', 'T7', 'Z27', 'XY']) {
      const drawn = Array.from(alike).filter((character) => CAPTCHA_CHARACTERS.includes(character))
      expect(drawn, alike).to.have.length(1)
    }
    expect(CAPTCHA_CHARACTERS.length ** 4).to.be.greaterThan(20_000)
  })

  it('keep within their box', () => {
    for (const character of CAPTCHA_CHARACTERS) {
      for (const number of glyphOf(character).match(/\d+/g) ?? []) {
        expect(Number(number), character).to.be.within(0, GLYPH_BOX.height)
      }
    }
  })

  it('are not there for other characters', () => {
    for (const character of ['0', 'a', 'AB', '', 'toString']) {
      expect(() => glyphOf(character)).to.throw(RangeError, `got ${JSON.stringify(character)}`)
    }
  })
})

describe('the comparison of what was drawn and what was read', () => {
  it('tells all characters that are drawn apart, in either case', () => {
    const texts = CAPTCHA_CHARACTERS.map((character) => comparable(character))
    expect(new Set(texts).size).to.equal(CAPTCHA_CHARACTERS.length)
    for (const character of CAPTCHA_CHARACTERS) {
      expect(comparable(character.toLowerCase())).to.equal(comparable(character))
    }
  })

  it('takes what is never drawn for the one that looks like it', () => {
    for (const [read, drawn] of ['A4', 'FE', 'GC', 'NM', 'OC', 'PR', 'UJ', 'YX', '2Z', '5S']) {
      expect(CAPTCHA_CHARACTERS).to.include(drawn).and.not.to.include(read)
      expect(comparable(`${read}K`)).to.equal(comparable(`${drawn}K`))
    }
    for (const character of '0136789BDHILQV') expect(comparable(character)).to.equal(character)
  })
})

describe('drawCaptcha', () => {
  it('draws a PNG of its size, with dark strokes on a light ground', async () => {
    const image = await loadImage(drawCaptcha('4CEK'))
    expect({ width: image.width, height: image.height }).to.deep.equal(PICTURE_SIZE)
    const context = createCanvas(image.width, image.height).getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    let dark = 0
    for (let at = 0; at < data.length; at += 4) {
      const brightest = Math.max(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)
      if (brightest < 200) dark++
    }
    expect(dark / (image.width * image.height)).to.be.within(0.1, 0.5)
  })

  it('draws every character, and fails for what has no glyph', () => {
    for (const character of CAPTCHA_CHARACTERS) drawCaptcha(character.repeat(4))
    expect(() => drawCaptcha('4E?C')).to.throw(RangeError)
  })
})

describe('bend', () => {
  const still = { amplitude: 0, length: 10, phase: 0 }
  const stroke = [
    { x: 0, y: 0 },
    { x: 10, y: 20 },
  ]

  it('leaves a stroke as it is where the waves are flat', () => {
    expect(bend(stroke, { down: still, across: still })).to.deep.equal(stroke)
  })

  it('moves points sideways by their height, and up or down by where they are across', () => {
    const wave = { amplitude: 3, length: 80, phase: 0 }
    const sideways = bend(stroke, { down: wave, across: still })
    expect(sideways[0]).to.deep.equal({ x: 0, y: 0 })
    expect(sideways[1]?.x).to.be.closeTo(13, 1e-9)
    expect(bend(stroke, { down: still, across: wave })[1]?.y).to.be.closeTo(20 + 3 * Math.SQRT1_2, 1e-9)
    expect(stroke[1]).to.deep.equal({ x: 10, y: 20 })
  })
})

describe('the strokes of a glyph', () => {
  it('follow its path from corner to corner, with no long way between two points', () => {
    const [first, ...others] = strokesOf('K')
    expect(others).to.have.length(2)
    expect([first?.[0], first?.at(-1)]).to.deep.equal([
      { x: 14, y: 0 },
      { x: 14, y: 140 },
    ])
    for (const stroke of CAPTCHA_CHARACTERS.flatMap((character) => strokesOf(character))) {
      for (const [at, { x, y }] of stroke.slice(1).entries()) {
        const before = stroke[at] ?? { x: NaN, y: NaN }
        expect(Math.hypot(x - before.x, y - before.y)).to.be.lessThan(20)
      }
    }
  })
})
