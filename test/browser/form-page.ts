import { expect } from 'chai'
import type { Locator, Page, Request } from 'playwright-core'
import type { FieldName, TextField } from '../../src/web/forms/checks.ts'
import { eventually } from '../support/eventually.ts'
import type { Site } from './site.ts'

/** What a visitor is told: each field's error, the form's own, and where the keyboard focus is (an id). */
export interface Told {
  errors: Partial<Record<FieldName, string>>
  alert: string
  focus: string
}

/**
 * Reads what is told, as a screen reader finds it: the error in the text that describes the field. It is given as text
 * to the page, because the tests are compiled without the browser's types.
 */
const READ_TOLD = `(() => {
  const errors = {}
  for (const input of document.querySelectorAll('form input[aria-describedby]')) {
    const error = document.getElementById(input.getAttribute('aria-describedby')).querySelector('.error')
    const invalid = input.getAttribute('aria-invalid')
    if (invalid !== String(error !== null)) errors[input.id] = 'aria-invalid is ' + invalid
    else if (error !== null) errors[input.id] = error.textContent
  }
  return { errors, alert: document.querySelector('form [role=alert]').textContent, focus: document.activeElement.id }
})()`

/** The address of the captcha's picture, empty while it is not there. */
const READ_PICTURE = `(() => {
  const picture = document.querySelector('.captcha img')
  return picture?.complete && picture.naturalWidth > 0 ? picture.getAttribute('src') : ''
})()`

/** A page with a form, as the tests use it. */
export class FormPage {
  readonly page: Page
  readonly #site: Site

  constructor(page: Page, site: Site) {
    this.page = page
    this.#site = site
  }

  field(name: FieldName): Locator {
    return this.page.locator(`#${name}`)
  }

  /** The line below a field: its error, a note or a hint. */
  line(name: FieldName): Locator {
    return this.page.locator(`#${name}-line`)
  }

  get captcha(): Locator {
    return this.page.locator('button.captcha')
  }

  /** Starts the proof that stands for the picture. */
  get proofButton(): Locator {
    return this.page.locator('#prove')
  }

  get codeButton(): Locator {
    return this.page.locator('#get_msg_code')
  }

  get submitButton(): Locator {
    return this.page.locator('button[type=submit]')
  }

  /** Enters what is given, in its order. */
  async enter(values: Partial<Record<TextField, string>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await this.page.locator(`#${name}`).fill(value)
  }

  /** The id of the captcha, once its picture is there. */
  async captchaId(): Promise<string> {
    return eventually(
      async () => {
        const path = await this.page.evaluate<string>(READ_PICTURE)
        expect(path).to.match(/^\/image_codes\/[-0-9a-f]{36}$/)
        return path.replace('/image_codes/', '')
      },
      { what: 'the picture of the captcha' },
    )
  }

  /** What somebody reads in the picture. */
  async captchaText(): Promise<string> {
    const id = await this.captchaId()
    const text = await this.#site.codes.get(`img_${id}`)
    if (text === null) throw new Error(`expected the captcha in img_${id}, came nothing`)
    return text
  }

  /** Answers the captcha, asks for a code and waits for the SMS; the mobile's field is filled. @returns the code */
  async askForCode(): Promise<string> {
    const mobile = await this.field('phone').inputValue()
    await this.enter({ pic_code: await this.captchaText() })
    await this.codeButton.click()
    return this.#site.smsCode(mobile)
  }

  /** Waits until exactly this is told. What is not given is empty; the focus, where it is not given, does not matter. */
  async expectTold(expected: Partial<Told>): Promise<void> {
    const { errors = {}, alert = '' } = expected
    await eventually(
      async () => {
        const { focus, ...told } = await this.page.evaluate<Told>(READ_TOLD)
        expect(told).to.deep.equal({ errors, alert })
        if (expected.focus !== undefined) expect(focus, 'the focus').to.equal(expected.focus)
      },
      { what: 'what the page tells' },
    )
  }

  /** Waits until the text stands below the field, as error or note. */
  async expectLine(name: FieldName, text: string | RegExp): Promise<void> {
    await eventually(
      async () => {
        const line = await this.line(name).innerText()
        if (typeof text === 'string') expect(line).to.equal(text)
        else expect(line).to.match(text)
      },
      { what: `the line below ${name}` },
    )
  }

  /** Waits until the button for a code has a label of this form. */
  async expectCodeButton(label: RegExp): Promise<void> {
    await eventually(async () => expect(await this.codeButton.innerText()).to.match(label), {
      what: 'the label of the button for a code',
    })
  }

  /** Counts the requests of a method to a path from now on. */
  countRequests(method: string, path: string): () => number {
    let count = 0
    this.page.on('request', (request: Request) => {
      if (request.method() === method && new URL(request.url()).pathname === path) count++
    })
    return () => count
  }
}
