import { machine, release, type } from 'node:os'
import { pythonRepr } from '../engine/python-repr.ts'
import type { Json } from '../engine/wire-value.ts'
import { version } from './version.ts'

/** What a report of a fault should say. */
export interface BugReport {
  readonly software: { readonly [name: string]: string }
  readonly platform: { readonly system: string; readonly arch: string; readonly kernel: string }
  /** Under Celery's names, without passwords. */
  readonly settings: { readonly [name: string]: Json }
}

/** @param settings under Celery's names */
export function bugReport(settings: { readonly [name: string]: Json }): BugReport {
  const { v8, uv, openssl } = process.versions
  return {
    software: { lovage: version(), node: process.version, v8, uv, openssl },
    platform: { system: type(), arch: machine(), kernel: release() },
    settings,
  }
}

/** As Celery lays it out (celery.app.utils.bugreport). */
export function formatBugReport({ software, platform, settings }: BugReport): string {
  const { lovage, node, ...below } = software
  const lines = [
    '',
    `software -> ${list({ lovage, node })}`,
    `            ${list(below)}`,
    `platform -> ${list({ system: platform.system, arch: platform.arch })}`,
    `            kernel version:${platform.kernel} imp:Node.js`,
    'loader   -> lovage.autodiscover',
    `settings -> ${list({ transport: 'redis', results: settings['result_backend'] ?? 'disabled' })}`,
    '',
    ...Object.entries(settings).map(([name, value]) => `${name}: ${pythonRepr(value)}`),
    '',
  ]
  return lines.join('\n')
}

function list(names: object): string {
  return Object.entries(names)
    .map(([name, value]) => `${name}:${value}`)
    .join(' ')
}
