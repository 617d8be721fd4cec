/** What may refuse a request: a budget that is spent, or the guard against SMS pumping. */
export type Refuser =
  | 'resend'
  | 'wrongCodes'
  | 'smsPerMobile'
  | 'smsPerAddress'
  | 'smsTotal'
  | 'pumpingPrefix'
  | 'pumpingBlock'
  | 'pictures'
  | 'counts'
  | 'logins'

/** What has a budget; the SMS of all its budgets together. */
export type Spender = 'sms' | 'pictures' | 'counts' | 'logins'

/** The two ways to look at pumping: by the numbers that get the codes, by the addresses that ask for them. */
export type PumpingPlace = 'prefix' | 'block'

export interface BudgetFiguresNow {
  /** Requests that passed, where there is a budget; an SMS that could not be sent after all is not taken off again. */
  readonly spent: Readonly<Record<Spender, number>>
  /** Requests that were refused, by what had no room; one may count in several. */
  readonly refused: Readonly<Record<Refuser, number>>
  /** Requests for a code while too many of the last ones of their prefix, or their address block, were never used; refused or not. */
  readonly suspicious: Readonly<Record<PumpingPlace, number>>
  /** When the last one of them came, Unix milliseconds; null: none did. */
  readonly suspectedAt: Readonly<Record<PumpingPlace, number | null>>
  /** How often a prefix or a block has become suspicious. */
  readonly alarms: Readonly<Record<PumpingPlace, number>>
}

/** Counts, since this process began, what its budgets have let pass, what they have refused and what looks like SMS pumping: for metrics. */
export class BudgetFigures {
  readonly #refused: Record<Refuser, number> = {
    resend: 0,
    wrongCodes: 0,
    smsPerMobile: 0,
    smsPerAddress: 0,
    smsTotal: 0,
    pumpingPrefix: 0,
    pumpingBlock: 0,
    pictures: 0,
    counts: 0,
    logins: 0,
  }
  readonly #spent: Record<Spender, number> = { sms: 0, pictures: 0, counts: 0, logins: 0 }
  readonly #suspicious: Record<PumpingPlace, number> = { prefix: 0, block: 0 }
  readonly #suspectedAt: Record<PumpingPlace, number | null> = { prefix: null, block: null }
  readonly #alarms: Record<PumpingPlace, number> = { prefix: 0, block: 0 }

  countSpent(by: Spender): void {
    this.#spent[by] += 1
  }

  countRefusal(by: Refuser): void {
    this.#refused[by] += 1
  }

  countSuspicious(place: PumpingPlace): void {
    this.#suspicious[place] += 1
    this.#suspectedAt[place] = Date.now()
  }

  countAlarm(place: PumpingPlace): void {
    this.#alarms[place] += 1
  }

  now(): BudgetFiguresNow {
    return {
      spent: { ...this.#spent },
      refused: { ...this.#refused },
      suspicious: { ...this.#suspicious },
      suspectedAt: { ...this.#suspectedAt },
      alarms: { ...this.#alarms },
    }
  }
}
