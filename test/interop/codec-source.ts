/** Python: what the pieces that the tests of the codec run have in common. */
export const source = `
import base64, datetime, decimal, uuid
import kombu
from kombu.serialization import register
from kombu.exceptions import EncodeError
from celery.utils.saferepr import saferepr

utc = datetime.timezone.utc
# JSON is YAML: this needs no other package.
register('yaml', json.dumps, json.loads, content_type='application/x-yaml', content_encoding='utf-8')

old = Celery('old', set_as_current=False)
old.conf.update(conf, task_protocol=1)

# What kombu does with typed values since 5.3 (kombu.utils.json). Before that it leaves them.
readers = {
    'datetime': datetime.datetime.fromisoformat,
    'date': lambda text: datetime.datetime.fromisoformat(text).date(),
    'time': datetime.time.fromisoformat,
    'decimal': decimal.Decimal,
    'uuid': lambda fields: uuid.UUID(**fields),
    'base64': lambda text: base64.b64decode(text),
}

def typed(value):
    if isinstance(value, list):
        return [typed(member) for member in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {'__type__', '__value__'}:
        return readers[value['__type__']](value['__value__'])
    return {key: typed(member) for key, member in value.items()}
`

/** Major and minor. */
export type KombuVersion = readonly [major: number, minor: number]

/** Since then kombu tells the types of what JSON has not. */
export const tellsTypes = ([major, minor]: KombuVersion): boolean => major > 5 || (major === 5 && minor >= 3)
