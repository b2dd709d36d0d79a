# Тексты Gala на русском. В обоих файлах одни и те же сообщения с одними и теми же переменными; это проверяет тест.


### Описания

prompt-empty = Описание пустое. Напишите, что вы хотите увидеть, например: красная машина под радугой
prompt-too-long =
    Описание может быть длиной до { $limit } знаков, а в этом их { $length }. Сократите его и попробуйте снова.
prompt-too-many-parts =
    В описании может быть не больше { $limit ->
        [one] { $limit } части
       *[other] { $limit } частей
    }, а в этом их { $count }. Уберите лишние или объедините несколько в одну.
prompt-not-finite = «{ $value }» здесь не подходит как число. Напишите, например, 2, 0.5 или -1.
prompt-decimal-comma = Напишите число с точкой: { $better } вместо { $value }.
prompt-too-many-numbers =
    После части может стоять не больше двух чисел: вес и порог. Перед двоеточием, которое относится к тексту, поставьте \.
prompt-nothing-to-weigh = Перед этим числом нет текста. Сначала напишите текст, например: пустыня:2
prompt-nothing-to-schedule = Перед этим отрезком нет текста. Сначала напишите текст, например: лес @0-40%
prompt-span-twice = У части может быть только один отрезок. Оставьте один или поставьте \ перед @, если этот знак — часть текста.
prompt-bad-span =
    «{ $value }» — не отрезок работы. Напишите два процента от 0 до 100, сначала меньший, например: лес @0-40%
prompt-gap =
    От { $start } до { $end } % работы нет ни одной части с весом больше нуля. Пусть части сходятся, например: лес @0-40% | город @40-100%
prompt-nothing-positive = Все веса равны нулю или отрицательны. Дайте хотя бы одной части вес больше нуля.
prompt-unclosed-brace = Эта скобка не закрыта. Добавьте {"}"} после последнего варианта или напишите \{"{"}, если скобка — часть текста.
prompt-unopened-brace = Эта скобка не открыта. Добавьте {"{"} перед первым вариантом или напишите \{"}"}, если скобка — часть текста.
prompt-nested-too-deep =
    Скобки можно вкладывать друг в друга не глубже чем на { $limit ->
        [one] { $limit } уровень
        [few] { $limit } уровня
       *[other] { $limit } уровней
    }. Сократите вложенность.
prompt-too-many-permutations =
    Скобки задают { $count ->
        [1000000] миллион картинок или больше
        [one] { $count } картинку
        [few] { $count } картинки
       *[other] { $count } картинок
    }, а за один раз можно не больше { $limit }. Уменьшите число вариантов.
prompt-unknown-flag =
    Параметра --{ $flag } нет. { $nearest ->
        [none] Gala понимает { $known }; что они делают, скажет `/imagine-помощь`.
       *[other] Может быть, --{ $nearest }?
    } Если это часть текста, напишите \--{ $flag }.
prompt-flag-without-value =
    После --{ $flag } нужно значение, например: { $example }
prompt-flag-twice = --{ $flag } указан дважды. Оставьте один.
prompt-flag-bad-value =
    Значение «{ $value }» для --{ $flag } не подходит. { $flag ->
        [ar] Напишите два целых числа от 1 до 16384, например: { $example }
        [size] Напишите ширину и высоту в пикселях, от 1 до 16384, например: { $example }
        [seed] Напишите целое неотрицательное число, например: { $example }
        [steps] Напишите целое число от 1 до миллиона, например: { $example }
        [patience] Напишите целое число шагов, например: { $example }
        [start] Напишите noise, gradient или snow, например: { $example }
        [noise] Напишите до 8 целых чисел, каждое с весом, например: { $example }
        [iw] Напишите неотрицательное число, например: { $example }
        [tw] Напишите для каждой картинки-цели вес, не равный нулю, через запятую, например: { $example }
        [target] Напишите до 8 кодов картинок, каждый с весом или без, например: { $example }
       *[other] Напишите название из латинских букв, цифр, точек и дефисов, например: { $example }
    }
prompt-text-after-flags = «{ $value }» стоит после параметра. Перенесите этот текст перед первым параметром.

### Очередь

queue-full = Очередь сейчас заполнена. Попробуйте, пожалуйста, через несколько минут.
queue-full-guild =
    На этом сервере в очереди уже { $limit ->
        [one] { $limit } картинка
        [few] { $limit } картинки
       *[other] { $limit } картинок
    }. Попробуйте снова, когда одна из них будет готова.
queue-full-member =
    У вас в очереди уже { $limit ->
        [one] { $limit } картинка
        [few] { $limit } картинки
       *[other] { $limit } картинок
    }. Дождитесь одной из них или отмените одну и попробуйте снова.

### Что нельзя нарисовать

size-not-read = «{ $value }» — не размер. Напишите ширину и высоту в пикселях, например: 256x256
steps-too-many =
    Здесь на картинку отводится не больше { $limit ->
        [one] { $limit } шага
       *[other] { $limit } шагов
    }, а вы указали { $steps }.
flag-not-here = «{ $model }» не умеет учитывать --{ $flag }. Уберите его или выберите другую модель (--model).
span-not-here = «{ $model }» читает описание один раз, до начала работы. Уберите отрезки вроде @0-40% или выберите другую модель (--model).
no-box =
    «{ $model }» рисует вещи в рамках. Часть описания — это название и четыре числа: слева, сверху, справа и снизу, в
    процентах картинки, например «собака 10 20 60 90 | дерево 60 0 100 80». А это не рамка: «{ $part }».
box-outside =
    Числа рамки — проценты картинки от 0 до 100: слева, сверху, справа, снизу. «{ $part }» выходит за край.
box-empty =
    Числа рамки идут так: слева, сверху, справа, снизу; правое больше левого, нижнее больше верхнего. Рамка
    «{ $part }» пуста.
box-unknown =
    «{ $model }» не знает, что такое «{ $part }». Знакомые вещи, например: { $near }.
boxes-many = «{ $model }» читает не больше { $limit } рамок. Уберите лишние.
engine-unknown = Движка «{ $engine }» здесь нет. Можно выбрать: { $known }
model-enlarges =
    «{ $model }» ничего не рисует, а увеличивает готовое. Уберите --model и нажмите «Крупнее» под результатом.
style-unknown = Стиля «{ $style }» здесь нет. Выберите из этих: { $known }
style-plain = Без стиля
style-none = Стиля «{ $style }» нет: тот, кто держит Gala, не завёл ни одного.
model-unknown = Модели «{ $model }» здесь нет. Можно выбрать: { $known }
model-english-only = Модель «{ $model }» понимает только английский и не прочтёт «{ $letter }». Напишите по-английски или выберите другую модель: { $known }
target-not-here = «{ $model }» не умеет рисовать похоже на картинку-цель. Уберите цель или выберите другую модель (--model).
target-not-attached =
    --tw задаёт вес приложенных картинок-целей: { $count ->
        [one] здесь { $count } вес
        [few] здесь { $count } веса
       *[other] здесь { $count } весов
    }, а { $given ->
        [0] картинок нет
        [one] картинка { $given }
       *[other] картинок { $given }
    }. Приложите столько же целей или уберите --tw.
target-too-many = У картинки может быть не больше { $limit } целей.
target-is-grid = Картинка { $code } — это сетка. Выберите из неё одну кнопкой U1 и так далее и возьмите код той.
target-gone = Файла картинки { $code } больше нет, так что целью она быть не может. Выберите другую.
target-lost = Картинки-цели, с которой это рисовалось, больше нет. Напишите описание заново и приложите цель ещё раз.
target-no-codes = В командной строке кодов нет. Назовите файл картинки: --target FILE
model-english-alone = Модель «{ $model }» понимает только английский и не прочтёт «{ $letter }». Напишите по-английски.
init-not-seen = Модель «{ $model }» не умеет начинать с картинки. Уберите картинку или выберите другую модель.
init-not-a-picture = Приложенный файл не удалось прочитать как картинку. Приложите, пожалуйста, PNG, JPEG, WebP или GIF.
init-truncated = Приложенная картинка обрывается: части файла не хватает. Сохраните её заново и приложите ещё раз.
init-closed = На маске нет белого, так что рисовать было бы негде. Закрасьте белым то, что надо нарисовать заново.
mask-without-init = Маска говорит, какую часть картинки рисовать заново. Приложите и саму картинку.
mask-not-here = «{ $model }» не умеет оставлять часть картинки. Уберите маску или выберите другую модель (--model).
init-too-large = Приложенная картинка слишком большая. Уменьшите её и приложите ещё раз.

### Почему нет картинки

failed-bad-request = Эти настройки не сочетаются. Измените размер, число шагов или модель и попробуйте снова.
failed-bad-init = Приложенную картинку не удалось использовать. Приложите, пожалуйста, другую.
failed-bad-target = Картинку-цель не удалось использовать. Приложите, пожалуйста, другую.
failed-too-large = Такая картинка не помещается в память. Выберите размер поменьше и попробуйте снова.
failed-too-large-try =
    Такая картинка не помещается в память. Самая большая, что поместится, — примерно { $width }×{ $height }.
failed-out-of-memory = Во время рисования кончилась память. Выберите размер поменьше и попробуйте снова.
failed-model-missing = Модель «{ $model }» здесь неисправна. Выберите другую или сообщите тому, у кого работает Gala.
failed-diverged = Картинка по дороге превратилась в шум. Обычно помогает другое зерно или веса поменьше.
failed-worker-lost = Рисование прервалось. Попробуйте, пожалуйста, ещё раз.
failed-needs-picture =
    Модель «{ $model }» рисует по картинке. Приложите её к команде (параметр «основа») и попробуйте снова.
failed-unknown-class =
    Модель «{ $model }» рисует то, что знает по имени: животное, машину, инструмент, блюдо, здание или вещь в доме,
    например «рыжая лиса», «чайник» или «вулкан». Назовите что-то одно простым словом или напишите номер класса,
    начиная с 0, и попробуйте снова.
failed-internal = У Gala что-то сломалось. Если будете сообщать об этом, укажите код: { $code }
failed-undeliverable = Картинка готова, но опубликовать её здесь не удалось. Проверьте, может ли Gala писать и прикладывать файлы.
failed-parked = На этой картинке Gala несколько раз останавливалась, поэтому она отложена. Попробуйте меньший размер или другое описание.
error-internal = У Gala что-то сломалось. Попробуйте ещё раз; если не поможет, сообщите код: { $code }

### Commands. Names: 1-32 lower-case characters without spaces. Descriptions: at most 100 characters.

imagine-name = вообрази
imagine-description = Нарисовать картинку по вашим словам и смотреть, как она появляется
imagine-prompt-name = описание
imagine-prompt-description = Что нарисовать, например: маяк в сумерках | масло:50
imagine-style-name = стиль
imagine-style-description = Заготовка хозяина бота, которая дописывает описание
imagine-size-name = размер
imagine-size-description = Ширина × высота, например 256x256, или соотношение, например 16:9
imagine-steps-name = шаги
imagine-steps-description = Чем больше шагов, тем дольше и подробнее
imagine-seed-name = зерно
imagine-seed-description = Те же слова с тем же зерном дают ту же картинку
imagine-init-name = основа
imagine-init-description = Картинка, с которой начать: PNG, JPEG, WebP или GIF
imagine-mask-name = маска
imagine-mask-description = К основе: белое там, где рисовать заново, чёрное там, где оставить
imagine-target-name = цель
imagine-target-description = Картинка, на которую должна быть похожа ваша; --tw — насколько
imagine-another-name = цель2
imagine-another-description = Ещё одна картинка, на которую должна быть похожа ваша
imagine-grid-name = сетка
imagine-grid-description = Несколько картинок сразу, самая похожая первой: 4 или 9
imagine-keep-name = оставить
imagine-keep-description = Сколько процентов строк основы остаётся сверху; остальное рисуется заново

### Cards

card-place = { NUMBER($position) ->
    [1] **Место в очереди: 1** (следующая)
   *[other] **Место в очереди: { $position }**
}
card-starting = **Сейчас начнём**
card-wait = Будет готово { $when }
card-wait-unknown = Сколько это займёт, пока не измерено
card-running = **Рисую** { $bar } { $percent } %
card-step = шаг { $step } из { $steps }
card-left-seconds = { $seconds ->
    [one] осталась примерно { $seconds } секунда
    [few] осталось примерно { $seconds } секунды
   *[many] осталось примерно { $seconds } секунд
}
card-left-minutes = { $minutes ->
    [one] осталась примерно { $minutes } минута
    [few] осталось примерно { $minutes } минуты
   *[many] осталось примерно { $minutes } минут
}
card-steps = { $steps ->
    [one] { $steps } шаг
    [few] { $steps } шага
   *[many] { $steps } шагов
}
card-settled = больше ничего не менялось: закончено на шаге { $step } из { $steps }
card-stopped = остановлено на шаге { $step } из { $steps }
card-frames = { $frames ->
    [one] фильм из { $frames } кадра
   *[other] фильм из { $frames } кадров
}
card-seconds = { $seconds } с
card-seed = зерно `{ $seed }`
card-score = сходство { NUMBER($score, minimumFractionDigits: 2) }
card-size-note = { $asked } стало { $made }: это ближайший размер, который умеет модель
card-targets =
    { $count ->
        [one] с { $count } картинкой-целью
        [few] с { $count } картинками-целями
       *[other] с { $count } картинками-целями
    }
card-film = Как это рисовалось
card-filming = **Фильм делается** { $bar } { $percent } %
card-failed = **На этот раз картинки не будет**
card-cancelled = **Отменено**
card-cleared = **Администратор отменил эту картинку**
    Её не будет, и за неё ничего не списано.
card-held = **Место в очереди здесь: { $position }**
card-held-wait = Администратор остановил рисование на этом сервере. Ваше место сохранено.
card-private = Gala не может писать в канале, где вы просили картинку, поэтому ответ здесь.
card-astray = Gala не может писать в канале, где должна быть эта картинка, поэтому она здесь.
ticket-there = Gala рисует это в { $channel }.
thread-member = Картинки: { $name }
thread-day = Картинки за { $day }
card-elsewhere = **Готово**: картинка в канале { $channel }

button-cancel = Отменить
button-stop = Оставить так
button-again = Ещё раз
button-try-again = Попробовать снова
button-film = Фильм
button-delete = Удалить
button-report = Пожаловаться

### Search

search-name = поиск
search-description = Найти прежние картинки по тому, что на них, или по словам запроса
search-words-name = слова
search-words-description = Что искать, например: что-то красное у моря
search-way-name = как
search-way-description = По смыслу, по словам или и так и так (обычно так)
search-menu-name = Найти похожие
search-by-both = По смыслу и словам
search-by-meaning = По смыслу
search-by-words = По словам
search-title = { $way ->
    [like] **Похожие картинки**
    [meaning] **Поиск по смыслу:** { $words }
    [words] **Поиск по словам:** { $words }
   *[both] **Поиск:** { $words }
}
search-place = с { $first } по { $last } из { $count }
search-back = Назад
search-more = Ещё
search-nearest = Запроса со всеми этими словами нет. Вот картинки, где есть некоторые из них.
search-instead = Запросов с такими словами нет. Вот самые близкие по виду картинки.
search-words-only = Рассмотреть картинки сейчас не получилось, поэтому найдено только по словам.
search-due = { $count ->
    [one] Ещё { $count } картинка не рассмотрена; пока её можно найти только по словам.
    [few] Ещё { $count } картинки не рассмотрены; пока их можно найти только по словам.
   *[many] Ещё { $count } картинок не рассмотрено; пока их можно найти только по словам.
}
search-nothing =
    Ничего из того, что вам здесь видно, не нашлось. Попробуйте другие слова или нарисуйте такую картинку первой
    командой /imagine.
search-no-picture = В этом сообщении нет картинки, на которую могли бы походить другие. Выберите сообщение с картинкой.
search-not-seen = Gala ещё не рассмотрела здешние картинки. Попробуйте, пожалуйста, через минуту.
button-similar = Похожие
search-empty = Нечего искать. Напишите, что хотите найти, например: что-то красное у моря
search-gone = Этот поиск больше не хранится. Поищите снова командой /search.

### Questions of the CLIP

unanswered-late = Gala очень занята и не успела ответить. Попробуйте, пожалуйста, через мгновение.
unanswered-lost = Художник Gala как раз перезапускается. Попробуйте, пожалуйста, через мгновение.
unanswered-model = Модель, которая смотрит на картинки, здесь не работает. Сообщите, пожалуйста, тому, у кого работает Gala.
unanswered-fault = Gala не смогла рассмотреть картинки. Попробуйте ещё раз; если не поможет, сообщите тому, у кого работает Gala.

### Что на картинке

rank-name = сравнить
rank-description = Узнать, какая подпись подходит к какой картинке
rank-captions-name = подписи
rank-captions-description = Подписи через вертикальную черту, например: лиса | волк | собака в пальто
rank-picture-one-name = картинка
rank-picture-two-name = картинка2
rank-picture-three-name = картинка3
rank-picture-four-name = картинка4
rank-picture-five-name = картинка5
rank-picture-six-name = картинка6
rank-picture-seven-name = картинка7
rank-picture-eight-name = картинка8
rank-picture-nine-name = картинка9
rank-picture-ten-name = картинка10
rank-picture-one-description = Картинка: PNG, JPEG, WebP или GIF
rank-picture-more-description = Ещё одна картинка
rank-picture = картинка { $number }
rank-turned = Какая картинка подходит
rank-explained = Проценты сравнивают то, что здесь есть; число за ними — насколько близки слова и картинка.
rank-unread = Модель, которая смотрит, училась не всем языкам этих подписей, и порядок здесь может мало что значить.
rank-no-captions = Нет ни одной подписи. Напишите несколько через вертикальную черту, например: лиса | волк
rank-too-many-captions =
    За один раз можно сравнить не больше { $limit ->
        [one] { $limit } подписи
       *[other] { $limit } подписей
    }, а здесь их { $count }. Уберите лишние.
rank-caption-too-long =
    Подпись может быть длиной до { $limit } знаков, а в одной из этих их { $length }. Сократите её и попробуйте снова.
describe-name = описать
describe-description = Найти слова, которые лучше всего подходят к картинке
describe-picture-name = картинка
describe-picture-description = Картинка, которую нужно описать: PNG, JPEG, WebP или GIF
describe-menu-name = Описать
describe-near = { $kind ->
    [thing] Ещё похоже
    [look] Другой вид
    [place] Другие места
   *[style] Другие стили
}: { $words }
describe-paint = Нарисовать это
describe-no-picture = К этому сообщению не приложена картинка. Выберите другое или воспользуйтесь командой /describe.
look-busy = Gala ещё рассматривает вашу предыдущую картинку. Попробуйте через мгновение.
look-too-heavy = Картинка здесь может занимать не больше { $limit } МБ. Уменьшите её и приложите снова.
look-lost = Картинку не удалось получить. Приложите её, пожалуйста, ещё раз.

### Язык описания

language-instead =
    Рисует { $model }: модель { $usual } не училась { $language ->
        [en] английскому
        [ru] русскому
        [several] всем языкам этого описания
       *[other] этому языку
    }.
language-unlearned =
    Модель { $model } не училась { $language ->
        [en] английскому
        [ru] русскому
        [several] всем языкам этого описания
       *[other] этому языку
    }, и ваших слов на картине может не быть. Этот язык знают: { $known }
language-unlearned-alone =
    Модель { $model } не училась { $language ->
        [en] английскому
        [ru] русскому
        [several] всем языкам этого описания
       *[other] этому языку
    }, и ваших слов на картине может не быть. Других моделей, которые знают этот язык, здесь нет.

### Чего маленькая модель не знает

hint-unknown = Модель { $model } не знает слов: { $words }. На картине этого может не быть.
hint-near = Может быть, имелось в виду: { $words }?
hint-reads-nothing = Модель { $model } не читает слов: она рисует то, на чём училась, что бы вы ни написали.
hint-reads-segmentation = Модель { $model } не читает слов: она смотрит только на цвета вашей картинки.
hint-reads-depth = Модель { $model } не читает слов: она смотрит только на светлое и тёмное на вашей картинке.
needs-segmentation =
    Модель { $model } рисует пейзаж по карте: приложите (параметр «основа») картинку из ровных цветов, например голубой —
    небо, тёмно-зелёный — деревья, серый — горы, жёлтый — песок.
needs-depth =
    Модель { $model } рисует по близости предметов: приложите (параметр «основа») серую картинку, светлую там, где близко,
    и тёмную там, где далеко.
hint-examples = Вот что она умеет, например: { $words }.

### Квоты. $scope говорит, чьё это правило, а $holder называет роль, канал или участника.

quota-pictures =
    { $scope ->
        [everyone] Каждому участнику здесь отведено
        [role] С ролью { $holder } вам отведено
        [member] Вам отведено
        [channel] На всех в { $holder } отведено
        [guild] На всех на этом сервере отведено
        [hostmember] Тот, у кого работает Gala, отводит каждому
       *[hostguild] Тот, у кого работает Gala, отводит этому серверу
    } { $limit ->
        [one] { $limit } картинка
        [few] { $limit } картинки
       *[other] { $limit } картинок
    } { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }, и ни одной не осталось. Новые будут { $when }. Ничего не списано; что у вас есть, покажет /quota.
quota-pictures-never =
    { $scope ->
        [everyone] Участникам здесь отведено
        [role] С ролью { $holder } вам отведено
        [member] Вам отведено
        [channel] В { $holder } отведено
        [guild] На этом сервере отведено
        [hostmember] Тот, у кого работает Gala, отводит каждому
       *[hostguild] Тот, у кого работает Gala, отводит этому серверу
    } { $limit ->
        [one] { $limit } картинка
        [few] { $limit } картинки
       *[other] { $limit } картинок
    } { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }, поэтому нарисовать ничего нельзя. Если это ошибка, напишите администратору.
quota-grid =
    { $scope ->
        [everyone] Каждому участнику здесь отведено
        [role] С ролью { $holder } вам отведено
        [member] Вам отведено
        [channel] На всех в { $holder } отведено
        [guild] На всех на этом сервере отведено
        [hostmember] Тот, у кого работает Gala, отводит каждому
       *[hostguild] Тот, у кого работает Gala, отводит этому серверу
    } { $limit ->
        [one] { $limit } картинка
        [few] { $limit } картинки
       *[other] { $limit } картинок
    } { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }, { $left ->
        [0] ни одной не осталось
        [one] осталась { $left }
       *[other] осталось { $left }
    }, а вы просите сразу { $needed }. Новые будут { $when }. Ничего не списано.
quota-grid-never =
    { $scope ->
        [everyone] Участникам здесь отведено
        [role] С ролью { $holder } вам отведено
        [member] Вам отведено
        [channel] В { $holder } отведено
        [guild] На этом сервере отведено
        [hostmember] Тот, у кого работает Gala, отводит каждому
       *[hostguild] Тот, у кого работает Gala, отводит этому серверу
    } { $limit ->
        [one] { $limit } картинка
        [few] { $limit } картинки
       *[other] { $limit } картинок
    } { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }, не больше, а вы просите сразу { $needed }. Попросите меньше: уберите сетку.
quota-seconds =
    { $scope ->
        [everyone] Каждому участнику здесь отведено
        [role] С ролью { $holder } вам отведено
        [member] Вам отведено
        [channel] На всех в { $holder } отведено
        [guild] На всех на этом сервере отведено
        [hostmember] Тот, у кого работает Gala, отводит каждому
       *[hostguild] Тот, у кого работает Gala, отводит этому серверу
    } { $limit } с видеокарты { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }. Осталось { $left } с, а этой картинке нужно около { $needed } с. Новые будут { $when }; меньший размер или меньше шагов обойдутся дешевле. Ничего не списано.
quota-seconds-never =
    { $scope ->
        [everyone] Каждому участнику здесь отведено
        [role] С ролью { $holder } вам отведено
        [member] Вам отведено
        [channel] На всех в { $holder } отведено
        [guild] На всех на этом сервере отведено
        [hostmember] Тот, у кого работает Gala, отводит каждому
       *[hostguild] Тот, у кого работает Gala, отводит этому серверу
    } { $limit } с видеокарты { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    } (осталось { $left } с), а одной этой картинке нужно около { $needed } с. Выберите меньший размер или меньше шагов.
quota-pixels =
    { $scope ->
        [everyone] Участники здесь рисуют
        [role] С ролью { $holder } можно рисовать
        [member] Вам можно рисовать
        [channel] В { $holder } можно рисовать
       *[guild] На этом сервере можно рисовать
    } картинки размером до { $size }. Выберите размер поменьше и попробуйте снова. Ничего не списано.
quota-steps =
    { $scope ->
        [everyone] Участникам здесь даётся
        [role] С ролью { $holder } даётся
        [member] Вам даётся
        [channel] В { $holder } даётся
       *[guild] На этом сервере даётся
    } не больше { $limit ->
        [one] { $limit } шага
       *[other] { $limit } шагов
    } на картинку. Укажите меньше и попробуйте снова. Ничего не списано.
quota-engines =
    { $scope ->
        [everyone] Участники здесь рисуют
        [role] С вашими ролями можно рисовать
        [member] Вам можно рисовать
        [channel] В { $holder } можно рисовать
       *[guild] На этом сервере можно рисовать
    } этими движками: { $known }. Ничего не списано.
quota-waiting =
    { $scope ->
        [everyone] Каждый участник здесь может
        [role] С ролью { $holder } можно
        [member] Вам можно
        [channel] В { $holder } каждый может
       *[guild] На этом сервере каждый может
    } держать в очереди не больше { $limit ->
        [one] { $limit } картинки
       *[other] { $limit } картинок
    }. Дождитесь одной из своих или отмените одну и попробуйте снова. Ничего не списано.
quota-last =
    Это последняя картинка, которую можно попросить сейчас. Новые будут { $when }.
quota-last-ever =
    Это последняя картинка, которую здесь можно попросить.

### Larger and varied

button-vary = Вариация
button-larger = Крупнее
button-vary-near = Немного
button-vary-far = Сильно
vary-offer = Насколько можно изменить картинку?
card-origin-larger = крупнее прежней
card-origin-near = немного изменена
card-origin-far = сильно изменена
picture-lost = Эта картинка больше не хранится, и сделать из неё ничего нельзя. Попросите новую командой /imagine.
upscale-no-model =
    Модель этой картинки не умеет продолжать с готовой картинки, и основная модель здесь тоже. Хозяин бота может
    это исправить: gala models fetch RealESRGAN_x4, затем upscaler = "RealESRGAN_x4" в config.toml.
upscale-largest = { $width }×{ $height } — больше картинки здесь быть не может.

### Администраторы. Тексты audit-… называют действие: перед ним — кто, после — с кем или с чем.

admin-only = Это могут делать только администраторы сервера.
admin-guild-only = Здесь нечем управлять. Используйте это на сервере.
audit-filter-add = запрещено в описаниях:
audit-filter-allow = разрешено в описаниях:
audit-filter-remove = убрано правило фильтра:
audit-filter-import = взяты правила AutoMod:
audit-case-delete = картинка удалена везде:
audit-case-blur = картинка размыта:
audit-case-refund = списанное возвращено:
audit-case-allow = разрешено в описаниях по обращению
audit-case-dismiss = дело закрыто:
audit-setup = изменены настройки
audit-suspend = рисование приостановлено
audit-unsuspend = рисование снова разрешено
audit-pause = очередь остановлена
audit-resume = очередь снова идёт
audit-drain = очередь закрыта
audit-clear = очередь очищена
audit-quota-set = задана квота
audit-quota-remove = квота снята
audit-quota-grant = выданы картинки
audit-quota-reset = квота обнулена

### Панели квот

quota-title = **Ваша квота здесь**
quota-left =
    { $count ->
        [one] Сейчас можно нарисовать ещё **{ $count }** картинку.
        [few] Сейчас можно нарисовать ещё **{ $count }** картинки.
       *[other] Сейчас можно нарисовать ещё **{ $count }** картинок.
    }
quota-unlimited = Здесь можно рисовать сколько угодно.
quota-none = Пока картинок **не осталось**. Новые будут { $when }.
quota-none-ever = Сейчас вам здесь рисовать **нельзя**. Если это ошибка, напишите администратору.
quota-meter = осталось { $left } из { $amount }, заново { $when }
quota-grant =
    { $kind ->
        [pictures] { $left ->
            [one] **Подарок** · { $left } картинка
            [few] **Подарок** · { $left } картинки
           *[other] **Подарок** · { $left } картинок
        }
       *[seconds] **Подарок** · { $left } с видеокарты
    }
quota-grant-until = до { $when }
quota-note = Счёт в обычных картинках. За то, что не вышло или отменено до первого кадра, списанное возвращается.
quotas-holder =
    { $scope ->
        [everyone] Каждому участнику
        [role] Каждому с ролью { $holder }
        [member] Только { $holder }
        [channel] На всех в { $holder }
        [guild] На всех на этом сервере
        [hostmember] От владельца Gala, каждому
       *[hostguild] От владельца Gala, этому серверу
    }
quotas-place =
    { $scope ->
        [channel] Всем в { $holder }
       *[guild] Всем на этом сервере
    }
quotas-boosters = Бустерам сервера
quotas-what-pictures =
    { $amount ->
        [one] { $amount } картинка
        [few] { $amount } картинки
       *[other] { $amount } картинок
    } { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }
quotas-what-seconds =
    { $amount ->
        [one] { $amount } секунда видеокарты
        [few] { $amount } секунды видеокарты
       *[other] { $amount } секунд видеокарты
    } { $period ->
        [hour] в час
        [day] в день
        [week] в неделю
       *[month] в месяц
    }
quotas-what-exempt = без собственных ограничений
quotas-what-waiting =
    до { $amount ->
        [one] { $amount } картинки
       *[other] { $amount } картинок
    } в очереди сразу
quotas-what-running =
    до { $amount ->
        [one] { $amount } картинки
       *[other] { $amount } картинок
    } рисуется одновременно
quotas-what-pixels = размер до { $size }
quotas-what-steps =
    до { $amount ->
        [one] { $amount } шага
       *[other] { $amount } шагов
    }
quotas-what-engines = движки: { $known }
quotas-what-boosters = на { $amount } % больше того, что положено участникам и ролям
quotas-set = Задано правило `#{ $number }`: { $rule }
quotas-removed = Убрано: { $rule }
quotas-granted = { $member } получает: { $grant }
quotas-reset-member = Счёт для { $member } начат заново.
quotas-reset-all = Счёт для всех на этом сервере начат заново.
quotas-show-title =
    { $count ->
        [one] **{ $count } правило**
        [few] **{ $count } правила**
       *[other] **{ $count } правил**
    }
quotas-show-none = Правил нет: все рисуют сколько хотят. Начните с **/квоты задать**.
quotas-show-back = ◀ Назад
quotas-show-on = Дальше ▶
quotas-rule-note = Из ролей участника считается самая щедрая, правило для одного участника заменяет правила ролей, а потолки канала, сервера и владельца Gala действуют для всех.
quotas-simulate-yes = **Да:** { $member } может сейчас нарисовать обычную картинку в { $channel }.
quotas-simulate-no = **Нет:** { $member } не может сейчас нарисовать обычную картинку в { $channel }.
quotas-simulate-left =
    { $count ->
        [one] Хватит ещё на { $count } такую картинку.
        [few] Хватит ещё на { $count } такие картинки.
       *[other] Хватит ещё на { $count } таких картинок.
    }
quotas-simulate-when = Новые будут { $when }.
quotas-because = Так говорит правило: { $rule }
quotas-because-nothing = Ни одно правило здесь этого участника не касается.
quotas-one-target = Правило касается кого-то одного: назовите участника, роль или канал, либо никого — тогда оно для каждого.
quotas-nothing-given = Задавать нечего. Заполните хотя бы одно из чисел.
quotas-nobody-given = Назовите участника или роль, которых нужно освободить от собственных ограничений.
quotas-no-such-rule = Такого правила здесь нет. Выберите из списка или посмотрите /quotas show.

### Команды квот. Имена и описания как выше.

quota-name = квота
quota-description = Сколько у вас осталось и когда будет ещё
quotas-name = квоты
quotas-description = Кто сколько может рисовать на этом сервере
quotas-set-name = задать
quotas-set-description = Ограничение для каждого, для участника, роли, канала или на всех вместе
quotas-queue-name = очередь
quotas-queue-description = Сколько картинок участника может ждать и рисоваться одновременно
quotas-allow-name = разрешить
quotas-allow-description = Наибольший размер, число шагов и разрешённые движки
quotas-exempt-name = освободить
quotas-exempt-description = Освободить участника или роль от их ограничений; потолки остаются
quotas-boosters-name = бустеры
quotas-boosters-description = Дать больше тем, кто бустит сервер
quotas-remove-name = убрать
quotas-remove-description = Убрать правило
quotas-show-name = показать
quotas-show-description = Все правила этого сервера
quotas-simulate-name = проверить
quotas-simulate-description = Что участник может сейчас и какое правило так говорит
quotas-grant-name = подарить
quotas-grant-description = Дать участнику картинки или секунды видеокарты сверх правил
quotas-reset-name = заново
quotas-reset-description = Начать счёт для участника или для всех заново
quotas-option-limit = сколько
quotas-about-limit = Сколько картинок или секунд видеокарты; 0 — нисколько
quotas-option-unit = единица
quotas-about-unit = Что считать; если не указано, картинки
quotas-option-period = срок
quotas-about-period = За какое время; если не указано, за день
quotas-option-member = участник
quotas-about-member = Только этот участник
quotas-option-role = роль
quotas-about-role = Каждый участник с этой ролью
quotas-option-channel = канал
quotas-about-channel = Этот канал с его ветками
quotas-option-together = вместе
quotas-about-together = Считать весь сервер вместе, а не каждого участника
quotas-option-waiting = ждут
quotas-about-waiting = Сколько картинок участника может ждать в очереди
quotas-option-running = рисуются
quotas-about-running = Сколько картинок участника может рисоваться одновременно
quotas-option-size = размер
quotas-about-size = Наибольший размер, например 512x512; считается площадь
quotas-option-steps = шаги
quotas-about-steps = Наибольшее число шагов на картинку
quotas-option-engines = движки
quotas-about-engines = Разрешённые движки через запятую
quotas-option-percent = процент
quotas-about-percent = На сколько больше у бустеров; 50 делает из 10 картинок 15, 0 отменяет
quotas-option-rule = правило
quotas-about-rule = Правило из списка или его номер
quotas-option-extra = сверх
quotas-about-extra = Сколько сверх того, что дают правила
quotas-option-days = дни
quotas-about-days = На сколько дней; если не указано, пока не кончится
quotas-unit-pictures = картинки
quotas-unit-seconds = секунды видеокарты
quotas-period-hour = в час
quotas-period-day = в день
quotas-period-week = в неделю
quotas-period-month = в месяц

### Фильтр. $rule, $words и $excuse — слова администратора, без разметки.

filter-refused = **Не нарисовано.** Фильтр этого сервера запрещает «{ $rule }», а здесь это есть. Ничего не списано; уберите это или скажите иначе.
filter-appeal = Спросить модераторов
filter-rule = { $kind ->
    [allowed] разрешено: { $words }
   *[forbidden] запрещено: { $words }
}
filter-rule-source = из AutoMod, { $source }
filter-added =
    { $kind ->
        [allowed] { $count ->
            [0] **Ничего нового не разрешено.**
            [one] **Теперь разрешена { $count } фраза.** Что стоит внутри неё, прощается.
            [few] **Теперь разрешены { $count } фразы.** Что стоит внутри них, прощается.
           *[other] **Теперь разрешено { $count } фраз.** Что стоит внутри них, прощается.
        }
       *[forbidden] { $count ->
            [0] **Ничего нового не запрещено.**
            [one] **Теперь действует ещё { $count } правило.**
            [few] **Теперь действуют ещё { $count } правила.**
           *[other] **Теперь действует ещё { $count } правил.**
        }
    }
filter-known =
    { $count ->
        [one] { $count } из них уже было.
       *[other] { $count } из них уже были.
    }
filter-removed = Убрано: { $rule }
filter-list-title =
    { $count ->
        [one] **{ $count } правило фильтра**
        [few] **{ $count } правила фильтра**
       *[other] **{ $count } правил фильтра**
    }
filter-list-none = Фильтр пуст: в описаниях ничего не запрещено. Начните с **/фильтр запретить**.
filter-list-back = ◀ Назад
filter-list-on = Дальше ▶
filter-test-yes = **Это было бы нарисовано.**
filter-test-no = **В этом было бы отказано.**
filter-test-match = Правило `#{ $number }` запрещает { $rule }:
filter-test-excused = Правило `#{ $number }` запрещает { $rule }, но разрешено { $excuse }:
filter-test-more =
    { $count ->
        [one] и ещё { $count } место
        [few] и ещё { $count } места
       *[other] и ещё { $count } мест
    }
filter-imported =
    { $rules ->
        [0] **В AutoMod нет включённых правил с ключевыми словами**, поэтому ничего не взято.
       *[other] { $count ->
            [one] **Взято { $count } слово или выражение** из AutoMod.
            [few] **Взято { $count } слова и выражения** из AutoMod.
           *[other] **Взято { $count } слов и выражений** из AutoMod.
        }
    }
filter-imported-patterns =
    { $count ->
        [one] Пропущено { $count } регулярное выражение: этот фильтр знает только слова.
        [few] Пропущено { $count } регулярных выражения: этот фильтр знает только слова.
       *[other] Пропущено { $count } регулярных выражений: этот фильтр знает только слова.
    }
filter-imported-unusable =
    { $count ->
        [one] Пропущена { $count } запись: в ней нет букв, которые можно искать.
        [few] Пропущено { $count } записи: в них нет букв, которые можно искать.
       *[other] Пропущено { $count } записей: в них нет букв, которые можно искать.
    }
filter-imported-note = Слов из собственных списков Discord не показывает. Если правила AutoMod изменятся, повторите команду.
filter-import-right = Gala пока не может читать правила AutoMod этого сервера. Дайте её роли право **Управлять сервером** (Настройки сервера → Роли) и повторите команду; потом право можно забрать.
filter-import-failed = Discord не сообщил правила AutoMod. Попробуйте, пожалуйста, через мгновение.
filter-unusable = «{ $words }» не может быть правилом. Правило — это слово или выражение не длиннее { $limit } символов; рядом со звёздочкой нужны хотя бы две буквы.
filter-too-many = Это слишком много за один раз. Дайте не больше { $limit } слов и выражений, а остальное потом.
filter-full = Здесь есть место для { $limit } правил. Сначала уберите какие-нибудь.
filter-no-such-rule = Такого правила здесь нет. Выберите из списка или посмотрите /filter list.

### Команды фильтра. Имена и описания как выше.

filter-name = фильтр
filter-description = Что запрещено в описаниях на этом сервере
filter-add-name = запретить
filter-add-description = Запретить слова или выражения в описаниях
filter-remove-name = убрать
filter-remove-description = Убрать правило фильтра
filter-list-name = список
filter-list-description = Все правила фильтра
filter-allow-name = разрешить
filter-allow-description = Разрешить выражение вопреки правилам, например: голый землекоп
filter-test-name = проверить
filter-test-description = Узнать, что фильтр скажет об описании; ничего не рисуется
filter-import-name = импорт
filter-import-description = Взять правила с ключевыми словами из AutoMod этого сервера
filter-option-words = слова
filter-about-words = Слова или выражения через запятую; звёздочка заменяет любые буквы: кот*
filter-option-rule = правило
filter-about-rule = Правило из списка или его номер
filter-option-prompt = описание
filter-about-prompt = Описание, как для /imagine

### Проверка картинок. $concept написал администратор, $share — число процентов со знаком.

filter-picture-name = картинки
filter-picture-description = На что проверяются картинки Gala, прежде чем их отправить
concept-add-name = добавить
concept-add-description = Искать что-то на картинках, например: змея
concept-remove-name = убрать
concept-remove-description = Больше этого не искать
concept-list-name = список
concept-list-description = Всё, на что проверяются картинки
concept-channel-name = канал
concept-channel-description = Другой порог для одного канала и его веток
concept-test-name = проверить
concept-test-description = Испытать, что проверка видит на картинке и что с ней будет
concept-option-words = слова
concept-about-words = Что искать, словами, какими описывают картинку: змея
concept-option-action = действие
concept-about-action = Что делать с картинкой, на которой это видно
concept-option-threshold = порог
concept-about-threshold = Со скольких процентов это считается увиденным; ниже — видит больше, и чаще лишнее
concept-option-restricted = для-взрослых
concept-about-restricted = Порог в каналах с возрастным ограничением; 0 — там не искать
concept-option-concept = понятие
concept-about-concept = Что ищется: из списка или номером
concept-option-channel = канал
concept-about-channel = Канал
concept-option-code = код
concept-about-code = Шесть букв под картинкой Gala
concept-option-picture = картинка
concept-about-picture = Любая картинка
concept-action-spoiler = закрыть (спойлер)
concept-action-hold = задержать для модераторов
concept-action-refuse = не отправлять
concept-from = от { $share }
concept-restricted = для взрослых { $share }
concept-added = **Теперь картинки проверяются и на это.** { $concept }
concept-unknown = Модель Gala не учила этих слов, так что проверка вряд ли это увидит: { $words }
concept-removed = Больше не ищется: { $concept }
concept-kept = Отныне: { $concept }
concept-list-title =
    { $count ->
        [one] **Картинки проверяются на { $count } понятие**
        [few] **Картинки проверяются на { $count } понятия**
        [many] **Картинки проверяются на { $count } понятий**
       *[other] **Картинки проверяются на { $count } понятия**
    }
concept-list-none = На этом сервере картинки не проверяются. Начните с **/filter picture add**.
concept-list-note = Проверка что-то пропускает, а что-то видит зря. Испытайте свою: /filter picture test.
concept-test-pass = Такую картинку здесь отправят.
concept-test-spoiler = Такую картинку здесь отправят закрытой.
concept-test-hold = Такая картинка будет ждать модераторов.
concept-test-refuse = Такую картинку здесь не отправят.
concept-test-note = Полоска — доля искомого среди самых разных подписей; cos — сам косинус CLIP.
concept-test-one = Дайте либо код картинки, либо саму картинку — что-то одно.
concept-full = Искать можно не больше { $limit } понятий. Сначала уберите какое-нибудь.
concept-no-inbox = Нет канала модераторов, которые могли бы решать. Сначала выберите его в /setup или велите такие картинки закрывать либо не отправлять.
concept-unusable = Такое искать нельзя. Скажите не длиннее чем в { $limit } знаков, что было бы на картинке, например: змея.
concept-none-such = Такого здесь не ищут. Выберите из списка или посмотрите /filter picture list.
card-held-picture = **Ждёт модератора.** Проверка этого сервера видит на картинке «{ $concept }», поэтому сначала её посмотрят модераторы. Она появится здесь, когда её пропустят.
failed-refused-picture = Проверка этого сервера видит на картинке «{ $concept }» и не даёт её отправить. Ничего не списано. Проверка может ошибаться: помогут другое зерно или модераторы.
failed-refused-held = Модераторы посмотрели картинку, на которой проверка увидела «{ $concept }», и не дали её отправить. Ничего не списано.
plea-sent = Картинка теперь у модераторов. Если они её пропустят, она появится в этом канале.
plea-unknown = У Gala больше нет этой картинки. Закажите её снова и тогда спросите модераторов.
plea-declined = Модераторы сервера { $guild } посмотрели вашу картинку, и отказ остаётся в силе.
case-held = **Задержана:** картинка ждёт вашего слова
case-plea = **Просит посмотреть картинку, которую не отправили**
case-concept = На ней видно: { $concept } · { $share } %
case-release = Пропустить
case-refuse = Отказать
case-done-release = Пропущена
case-done-refuse = Отказано, ничего не списано
case-decided = Это уже решено, или у Gala больше нет этой картинки.
audit-concept-add = картинки проверяются и на:
audit-concept-remove = проверка картинок отменена:
audit-concept-channel = проверка картинок изменена в
audit-case-release = задержанная картинка пропущена:
audit-case-refuse = задержанной картинке отказано:

### Модераторы. $rule — правило фильтра.

inbox-none = У этого сервера пока нет канала для обращений к модераторам. Напишите кому-нибудь из них сами; канал выбирает администратор в /setup.
inbox-closed = Gala не может писать в канале модераторов, и они этого пока не видят. Скажите кому-нибудь из них сами; Gala это записала.
report-menu-name = Пожаловаться модераторам
report-title = Пожаловаться на картинку
report-reason = Что с ней не так?
report-about = Это прочтут только модераторы. Можно ничего не писать.
report-placeholder = На ней…
report-thanks = Спасибо. Модераторы этого сервера её увидят.
report-known = Вы уже пожаловались на эту картинку, и модераторы её видят.
report-unknown = Пожаловаться можно только на картинки, которые Gala нарисовала на этом сервере и ещё помнит.
appeal-sent = Ваше описание передано модераторам. Когда они решат, Gala напишет вам, если вы принимаете сообщения с этого сервера.
appeal-unknown = Gala больше не помнит этот отказ. Попробуйте описание ещё раз и тогда спросите модераторов.
appeal-declined = Модераторы сервера { $guild } посмотрели ваше описание, и отказ остаётся в силе.
appeal-allowed = Модераторы сервера { $guild } посмотрели ваше описание и изменили фильтр. Можете попробовать снова в { $channel }.
case-report =
    { $count ->
        [one] **Жалоба** от { $count } участника
       *[other] **Жалоба** от { $count } участников
    }
case-filter =
    { $count ->
        [one] **Отказ по фильтру**, { $count } раз
        [few] **Отказ по фильтру**, { $count } раза; в последний раз:
       *[other] **Отказ по фильтру**, { $count } раз; в последний раз:
    }
case-appeal = **Просит посмотреть на отказ**
case-rule = Правило: { $rule }
case-message = сообщение
case-delete = Удалить везде
case-blur = Размыть
case-refund = Вернуть
case-suspend = Отстранить…
case-allow = Разрешить…
case-dismiss = Отклонить
case-close = Готово
case-done-delete = Удалено везде
case-done-blur = Размыто
case-done-refund = Списанное возвращено
case-done-suspend = Автор отстранён
case-done-allow = Отныне разрешено
case-done-dismiss = Закрыто
case-unknown = Gala больше не помнит это дело.
case-done-already = Это уже сделано, или дело закрыто.
case-gone = Этой картинки больше нет, размывать нечего.
case-blur-failed = Discord не дал изменить сообщение. Попробуйте, пожалуйста, через мгновение.
case-nothing-to-refund = За эту картинку уже ничего не списано.
suspend-title = Отстранить от рисования
suspend-span = На какой срок?
suspend-reason = Почему?
suspend-about = Участник увидит это, когда попробует рисовать. Можно ничего не писать.
suspend-hour = На час
suspend-day = На день
suspend-three = На три дня
suspend-week = На неделю
suspend-month = На 30 дней
suspend-year = На год
allow-title = Разрешить вопреки фильтру
allow-words = Какие слова?
allow-about = Оставьте только безобидное: что стоит внутри этих слов, отныне прощается.

### Личные данные

privacy-name = данные
privacy-description = Что Gala хранит о вас: забрать или стереть
privacy-export-name = забрать
privacy-export-description = Получить всё, что Gala хранит о вас на всех серверах, в файлах ZIP
privacy-erase-name = стереть
privacy-erase-description = Стереть всё, что Gala хранит о вас на всех серверах
privacy-package = **Файл { $number } с тем, что Gala хранит о вас**: { $count ->
        [0] картинок нет
        [one] { $count } картинка
        [few] { $count } картинки
       *[other] { $count } картинок
    }
privacy-next = Следующий файл
privacy-last = Это последний файл. Его видите только вы.
privacy-busy = Gala ещё собирает для вас файл. Попробуйте через мгновение.
privacy-question = **Стереть всё, что Gala хранит о вас?** На всех серверах и навсегда:{ $count ->
        [0] {""}
        [one] {" "}{ $count } картинку с сообщением и файлом,
        [few] {" "}{ $count } картинки с сообщениями и файлами,
       *[other] {" "}{ $count } картинок с сообщениями и файлами,
    } ваши описания, то, что для вас рисуется, ваши сердечки, альбомы и поиски.
privacy-stays = Кое-что остаётся на время: нарисованное за последние 32 дня ещё считается в вашей квоте (как число, без слов), отстранение длится до своего конца, а то, что рассматривают модераторы, — до их решения. Записи в журнале модераторов остаются.
privacy-erase = Стереть всё
privacy-erasing = **Стирается.** Это может занять несколько минут; когда всё будет сделано, Gala напишет вам, если вы принимаете от неё сообщения. До того, что скопировали другие, ей не дотянуться.
privacy-erased = Всё, что Gala хранила о вас, стёрто. То, что должно подождать, исчезнет само.

### Галерея

gallery-name = галерея
gallery-description = Посмотреть картины, которые здесь нарисованы
gallery-view-name = показать
gallery-view-description = Какие картины и в каком порядке
gallery-view-newest = Сначала новые
gallery-view-loved = Сначала любимые всеми
gallery-view-mine = Мои
gallery-view-favourites = Те, что мне нравятся
gallery-member-name = участник
gallery-member-description = Только картины этого участника
gallery-model-name = модель
gallery-model-description = Только картины этой модели
gallery-until-name = до
gallery-until-description = Только картины по этот день, например 2026-11-24
gallery-title = { $order ->
    [loved] ### Галерея: сначала любимые всеми
   *[other] ### Галерея: сначала новые
}
gallery-empty = Здесь пока ничего нет. Нарисуйте что-нибудь командой /imagine или поищите другое.
gallery-past-end = Дальше ничего нет.
gallery-no-words = (без слов)
gallery-file-gone = файла больше нет
gallery-hidden = видите только вы
gallery-bad-day = «{ $value }» — не день. Напишите год-месяц-день, например: 2026-11-24
button-newest = На первую страницу
button-newer = ◀ Новее
button-older = Старее ▶
show-name = картина
show-description = Показать картину по её коду, со всем рецептом
show-code-name = код
show-code-description = Шесть букв под картиной
show-gone = **Файла этой картины больше нет.** Её можно нарисовать заново по рецепту.
show-kin = Из чего она сделана и что сделано из неё
button-save = Сохранить…
button-recipe = Рецепт
button-hide = Скрыть
button-unhide = Показать всем
button-replay = Нарисовать заново
button-message = Сообщение
heart-given = ♥ { $hearts ->
    [one] Теперь у неё { $hearts } сердце.
    [few] Теперь у неё { $hearts } сердца.
   *[other] Теперь у неё { $hearts } сердец.
}
heart-taken = Сердце убрано. { $hearts ->
    [one] Теперь у неё { $hearts } сердце.
    [few] Теперь у неё { $hearts } сердца.
   *[other] Теперь у неё { $hearts } сердец.
}
hidden-now = Скрыто: в галерее её видите только вы. Сообщение в канале остаётся; его убирает «Удалить».
shown-now = Теперь её снова видят в галерее все, кто может читать её канал.
recipe-copy = Так получится та же картина, на той же машине — до последней точки:
recipe-has-init = Она начинается с картинки: приложите и её как init.
recipe-has-targets =
    { $count ->
        [one] Она рисуется похоже на { $count } картинку-цель: приложите и её.
        [few] Она рисуется похоже на { $count } картинки-цели: приложите и их.
       *[other] Она рисуется похоже на { $count } картинок-целей: приложите и их.
    }
code-unknown = Картины с таким кодом здесь не видно. Код — это шесть букв под каждой картиной.

### Новый курс

button-steer = Сменить курс
steer-title = Сменить курс картинки
steer-prompt = Что рисовать дальше
steer-steps = Всего шагов
steer-steps-hint = Чем больше шагов, тем больше времени; счёт продолжается.
steer-steps-not-read = «{ $value }» — это не число шагов. Напишите целое число, например: 120
card-turn = с шага { $step }: { $prompt }

### Места и люди

policy-suspended = Администратор приостановил для вас рисование на этом сервере. Это закончится { $when }. Причина: { $reason }
policy-paused = Администратор остановил рисование на этом сервере. Попробуйте позже; ничего не списано.
policy-draining = Администратор закрыл очередь на этом сервере: то, что ждёт, ещё нарисуется, а новое не принимается.
policy-place-denied = Администраторы не хотят, чтобы здесь рисовали. Попробуйте, пожалуйста, другой канал.
policy-place-not-chosen = Здесь не рисуют. Пожалуйста, перейдите сюда: { $places }
policy-role-denied = С ролью { $roles } на этом сервере рисовать нельзя. Если это ошибка, напишите администратору.
policy-role-not-chosen = Чтобы рисовать на этом сервере, нужна одна из ролей: { $roles }. Попросите её у администратора.
span-not-read = «{ $value }» — не промежуток времени. Напишите, например, 30 мин, 2 ч, 3 дня или 1 нед; не больше десяти лет.
span =
    { $unit ->
        [minute] { $count ->
            [one] { $count } минута
            [few] { $count } минуты
           *[other] { $count } минут
        }
        [hour] { $count ->
            [one] { $count } час
            [few] { $count } часа
           *[other] { $count } часов
        }
        [day] { $count ->
            [one] { $count } день
            [few] { $count } дня
           *[other] { $count } дней
        }
       *[week] { $count ->
            [one] { $count } неделя
            [few] { $count } недели
           *[other] { $count } недель
        }
    }
suspension-line = { $member } не может здесь рисовать; это закончится { $when }.
suspension-ended = { $member } снова может здесь рисовать.
suspension-none = У { $member } здесь нет ограничения.
suspensions-title =
    { $count ->
        [0] Рисование здесь никому не приостановлено.
        [one] **Рисование приостановлено { $count } участнику**
       *[other] **Рисование приостановлено { $count } участникам**
    }
audit-title =
    { $count ->
        [0] **Журнал** · пока ничего не сделано
        [one] **Журнал** · { $count } запись
        [few] **Журнал** · { $count } записи
       *[other] **Журнал** · { $count } записей
    }
audit-newer = ◀ Новее
audit-older = Старше ▶
audit-csv = Файлом (CSV)
audit-file =
    { $count ->
        [one] { $count } запись журнала; время по UTC.
        [few] { $count } записи журнала, от старых к новым; время по UTC.
       *[other] { $count } записей журнала, от старых к новым; время по UTC.
    }

### Очередь, как её показывает /queue

line-title =
    { $count ->
        [0] **Очередь** · здесь ничего не рисуется
        [one] **Очередь** · { $count } картинка
        [few] **Очередь** · { $count } картинки
       *[other] **Очередь** · { $count } картинок
    }
line-paused = **Остановлена:** кто ждёт, сохраняет место, а новое не принимается.
line-draining = **Закрыта:** то, что ждёт, ещё нарисуется, а новое не принимается.
line-more = и ещё { $count }
line-painting = рисуется
line-held = остановлено
line-unknown = пока неизвестно
line-elsewhere = в другом канале
line-refresh = Обновить
line-pause = Остановить
line-resume = Открыть
line-drain = Закрыть
line-clear = Очистить…
line-clear-sure =
    { $count ->
        [one] Да, отменить { $count } картинку
        [few] Да, отменить { $count } картинки
       *[other] Да, отменить { $count } картинок
    }
line-clear-no = Нет, оставить

### Команды администраторов. Названия и описания — как выше.

queue-name = очередь
queue-description = Кто здесь ждёт какую картинку и сколько ещё
suspend-name = приостановить
suspend-description = Запретить участнику рисовать здесь на время
suspend-member-name = участник
suspend-member-description = Кому нельзя рисовать
suspend-duration-name = срок
suspend-duration-description = На сколько, например 2 ч, 3 дня или 1 нед; закончится само
suspend-reason-name = причина
suspend-reason-description = Почему; участник прочтёт это, когда захочет рисовать
unsuspend-name = разрешить
unsuspend-description = Снова разрешить участнику рисовать
unsuspend-member-name = участник
unsuspend-member-description = Кому снова можно рисовать
suspensions-name = ограничения
suspensions-description = Кому сейчас нельзя здесь рисовать, до каких пор и почему
audit-name = журнал
audit-description = Что здесь сделали администраторы

album-command-name = альбом
album-command-description = Ваши собственные альбомы, которые видите только вы
album-open-name = открыть
album-open-description = Посмотреть альбом
album-rename-name = переименовать
album-rename-description = Дать альбому другое имя
album-remove-name = убрать
album-remove-description = Убрать картину из альбома
album-delete-name = удалить
album-delete-description = Удалить альбом; картины останутся в галерее
album-option-album = альбом
album-option-album-description = Один из ваших альбомов
album-option-name = имя
album-option-name-description = Новое имя
album-option-code = код
album-option-code-description = Шесть букв под картиной
album-new = Новый альбом
album-name = Его имя
album-choose = Выберите альбом
album-which = **В какой альбом положить `{ $code }`?**
album-added = Сохранено в альбоме { $album }.
album-has-it = В альбоме { $album } она уже есть.
album-removed = Убрано из альбома.
album-renamed = Теперь альбом называется { $album }.
album-deleted = Альбом { $album } удалён. Картины остались в галерее.
album-unknown = У вас нет такого альбома. Чтобы завести его, нажмите «Сохранить…» под картиной.
album-has-not = Этой картины в альбоме нет.
album-name-taken = Альбом с таким именем у вас уже есть. Выберите другое имя.
album-no-name = Альбому нужно имя. Напишите несколько букв или цифр.
album-too-many = Больше альбомов завести нельзя. Сначала удалите какой-нибудь.

### Рецепты, кадры, родословные и то, что берут с собой

recipe-menu-name = Рецепт этой картинки
recipe-title = { $code ->
    [none] **Рецепт, как он записан в файле**
   *[other] **Рецепт картинки** `{ $code }`
}
recipe-long = *Запрос слишком длинный, чтобы показать его здесь. Сохраните картинку и попросите хозяина Gala вызвать* `gala recipe ФАЙЛ`.
recipe-film = { $frames ->
    [one] Последний из { $frames } кадра фильма; его рисует /наезд.
   *[other] Последний из { $frames } кадров фильма; его рисует /наезд.
}
recipe-init = Она началась с другой картинки: приложите её как `init`.
recipe-targets =
    { $count ->
        [one] Она рисовалась похоже на { $count } картинку-цель: приложите её как `цель`.
        [few] Она рисовалась похоже на { $count } картинки-цели: приложите их как `цель` и `цель2`.
       *[other] Она рисовалась похоже на { $count } картинок-целей: приложите их как `цель` и `цель2`.
    }
recipe-no-picture = К этому сообщению не приложена картинка. Выберите другое.
recipe-none =
    В этой картинке нет рецепта. В файлах самой Gala он есть, но многие приложения и сайты его убирают. Попробуйте
    сообщение, в котором картинку прислала Gala.

button-frames = Кадры
frame-title = кадр { $number } из { $count } · шаг { $step } из { $steps }
frame-jump = Перейти к шагу
frame-step = шаг { $step }
frame-take = Нарисовать до этого места
frame-steered = Эту картину направляли по пути, поэтому до этого места её не повторить. Начните с этого кадра заново.
frame-from = Начать отсюда новую
frame-from-title = Новая картинка из этого кадра
frame-from-prompt = Чем она должна стать?
frames-gone = Кадров этой картинки нет: она появилась слишком быстро, или они больше не хранятся.

film-name = фильм
film-description = Показать фильмом, как появилась картинка
film-code-name = код
film-code-description = Шесть букв под картинкой
film-format-name = формат
film-format-description = MP4 играет везде, его вы и получите, если не выбрать другой
film-speed-name = скорость
film-speed-description = Как быстро он идёт
film-speed-normal = как обычно
film-speed-slow = вдвое медленнее
film-speed-fast = вдвое быстрее

zoom-name = наезд
zoom-description = Нарисовать фильм, в котором камера движется сквозь то, что вы опишете
zoom-prompt-name = запрос
zoom-prompt-description = Что будет видно; у сцен есть отрезки: лес @0-60% | город @40-100%
zoom-direction-name = направление
zoom-direction-description = Куда движется камера; если не выбрать, вперёд
zoom-frames-name = кадры
zoom-frames-description = Сколько их; двенадцать длятся секунду
zoom-start-name = из
zoom-start-description = Шесть букв под картинкой, с которой он начнётся
zoom-in = вперёд
zoom-out = назад
zoom-left = влево
zoom-right = вправо
zoom-up = вверх
zoom-down = вниз
zoom-rotate = по кругу

family-name = родословная
family-description = Нарисовать, из чего выросла картинка и что выросло из неё
family-code-name = код
family-code-description = Шесть букв под картинкой
family-title = { $count ->
    [1] У `{ $code }` нет родственников, которые видны вам здесь.
    [one] Родословная `{ $code }`: { $count } картинка.
    [few] Родословная `{ $code }`: { $count } картинки.
   *[other] Родословная `{ $code }`: { $count } картинок.
}

button-send = Прислать мне
button-original = К сообщению
sent = Отправлено. Ищите в личных сообщениях с Gala.
send-closed =
    Gala не может вам написать. Разрешите личные сообщения в настройках приватности этого сервера и попробуйте снова
    или сохраните картинку из её сообщения.
send-failed = Discord сейчас этого не принял. Попробуйте чуть позже.
picture-gone = Файла этой картинки больше нет. Остался рецепт: по нему её можно нарисовать снова.

download-name = скачать
download-description = Ваши картинки или избранное в ZIP-файлах вместе с рецептами
download-what-name = что
download-what-description = Какие картинки; если не указано, ваши
download-album-name = альбом
download-album-description = Вместо этого один из ваших альбомов
download-before-name = до
download-before-description = Только те, что старше картинки с этим кодом
download-mine = Мои картинки
download-favourites = Моё избранное
download-part = { $lost ->
    [0] ZIP { $number }: { $count ->
        [one] { $count } картинка
        [few] { $count } картинки
       *[other] { $count } картинок
    } и `recipes.json`.
   *[other] ZIP { $number }: { $count ->
        [one] { $count } картинка
        [few] { $count } картинки
       *[other] { $count } картинок
    } и `recipes.json`. Пропавших файлов: { $lost }.
}
download-more = Есть ещё: продолжит `/скачать до:{ $code }`.
download-none-mine = У вас здесь нет картинок, которые можно забрать. Их рисует /imagine.
download-none-loved = У вас здесь ещё нет избранного. Сначала поставьте какой-нибудь картинке сердечко.
download-none-album = В этом альбоме нет ничего, что можно забрать здесь.
download-too-large = Такие большие файлы Discord здесь не принимает. Попробуйте в другом канале.

showcase-name = витрина
showcase-description = Показать свои картинки на витрине сервера
showcase-add-name = добавить
showcase-add-description = Показать всем свою картинку
showcase-remove-name = убрать
showcase-remove-description = Убрать свою картинку с витрины
showcase-place-name = место
showcase-place-description = Для админов: выбрать канал или форум витрины
showcase-option-code = код
showcase-about-code = Шесть букв под вашей картинкой
showcase-option-channel = канал
showcase-about-channel = Канал или форум; если не указано, витрины не будет
showcase-shown = Она на витрине: { $url }
showcase-taken = Её больше нет на витрине.
showcase-not-there = Этой картинки нет на витрине.
showcase-placed = Теперь витрина — { $channel }. Gala должна видеть её и отправлять туда сообщения; с правом закреплять она закрепит лучшее за неделю.
showcase-ended = Витрины теперь нет. То, что на ней уже висит, останется.
showcase-none = На этом сервере нет витрины. Админ может выбрать её командой `/витрина место`.
showcase-blurred = Модераторы скрыли эту картинку под размытием, поэтому на витрину её поместить нельзя.
showcase-adult = Эта картинка из канала для взрослых, а витрина открыта не только взрослым.
showcase-closed = Gala не может писать на витрину. Попросите админа разрешить ей видеть канал и отправлять туда сообщения.
showcase-original-gone = Сообщения с этой картинкой больше нет, переслать нечего.
showcase-best = { $hearts ->
    [one] 🏆 **Лучшее за неделю**: `{ $code }`, автор { $member }, { $hearts } сердечко
    [few] 🏆 **Лучшее за неделю**: `{ $code }`, автор { $member }, { $hearts } сердечка
   *[other] 🏆 **Лучшее за неделю**: `{ $code }`, автор { $member }, { $hearts } сердечек
}
button-there = Посмотреть
audit-showcase = выбрана витрина:

### Настройка

setup-name = настройка
setup-description = Где и кому можно рисовать, язык, часовой пояс, журнал и модераторы
setup-title = **Gala на этом сервере**
setup-page-places = Места
setup-page-place = Один канал
setup-page-people = Люди
setup-page-channels = Каналы
setup-page-habits = Привычки
setup-about-places = Где рисуют картинки. Канал берёт настройку своей категории, ветка — своего канала.
setup-about-place = Что иначе в одном канале или во всех каналах категории.
setup-about-people = Кто рисует. Роль, которой нельзя рисовать, сильнее той, которой можно.
setup-about-channels = Где Gala рассказывает вам и модераторам, что происходит, и куда попадают готовые картинки.
setup-about-habits = Как Gala здесь говорит и считает.
setup-places-allowed = Рисовать **только** здесь. Ничего не выбрано — везде.
setup-places-denied = **Никогда** не рисовать здесь.
setup-roles-allowed = Рисуют **только** участники с одной из этих ролей. Ничего не выбрано — все.
setup-roles-denied = Участники с одной из этих ролей **никогда** не рисуют.
setup-log = **Журнал**: что сделали администраторы и модераторы.
setup-inbox = **Входящие** модераторов: жалобы и отклонённые описания.
setup-results = **Готовые картинки** всех каналов попадают сюда. Ничего не выбрано — туда, где их просили.
setup-language = **Язык** карточек, которые видят все. То, что видит один участник, остаётся на его языке.
setup-language-asker = Язык того, кто просит
setup-language-en-us = English (английский)
setup-language-ru = Русский
setup-tidy = **Пока картинка не готова**, в канале видно
tidy-card = Карточка каждой картинки
tidy-member = Ветка для каждого участника
tidy-day = Ветка для каждого дня
tidy-final = Ничего: карточку видит только тот, кто просил
setup-zone = **Часовой пояс** для дней, недель и месяцев квот.
setup-retention = **Картинки хранятся** столько, потом забываются. Любимые не пропадают никогда.
setup-retention-never = Всегда
setup-place = **Какой?**
setup-one-place = Выберите канал или категорию
setup-any-place = Выберите каналы или категории
setup-any-role = Выберите роли
setup-no-channel = Нет
setup-fine = ✅ У Gala есть все права, которые для этого нужны.
setup-kept = ✅ Сохранено.
setup-not-kept = Поэтому выбор не сохранён. Дайте права и выберите канал снова.
setup-gone = Выбранного здесь канала больше нет. Выберите другой.
setup-missing =
    В канале { $channel } у Gala нет прав: { $rights }. Откройте настройки этого канала, затем «Права доступа», добавьте Gala и разрешите их.
place-above = Как выше: { $value }
place-as-above = Как выше
place-painting = **Рисовать** ли там.
place-yes = рисуют
place-no = не рисуют
place-allowed = Рисовать здесь и только в так выбранных местах
place-denied = Никогда не рисовать здесь
place-results = **Готовые картинки** попадают в этот канал. Ничего не выбрано — как выше ({ $value }). Выбрано само это место — туда, где их просили.
place-here = туда, где их просили
place-ruled = Квоты этого канала из /quotas:

### Что предпочитает участник

preferences-name = предпочтения
preferences-description = Что вы получаете от /imagine, если не просите другого, на всех серверах
preferences-title = **Ваши предпочтения**, на всех серверах. То, что вы пишете в запросе или выбираете вместе с ним, важнее, а ограничения сервера действуют.
preferences-language = **Язык**, на котором Gala отвечает вам. Для того, что видят все, у сервера может быть свой.
preferences-model = **Модель**, а с ней и движок.
preferences-style = **Стиль** запросов, в которых он не назван. `--style none` — без него.
preferences-shape = **Форма** ваших картинок. *Ещё…* принимает и размер в пикселях.
preferences-usual-language = Как в вашем Discord
preferences-usual-model = Обычная ({ $model })
preferences-usual-style = Без стиля
preferences-usual-shape = Своя у каждой модели
preferences-steps = **Шаги**
preferences-init-weight = **Вес приложенной картинки**
preferences-unwanted = **Никогда не нужно**
preferences-form = Ещё…
preferences-reset = Сбросить
preferences-kept = ✅ Сохранено.
preferences-cleared = ✅ Всё снова как обычно.
preferences-form-title = Ваши предпочтения
preferences-label-shape = Пропорции или размер
preferences-hint-shape = Например, 3:2 или 512x256. Пусто: как у модели.
preferences-label-steps = Шаги
preferences-hint-steps = Пусто: сколько обычно нужно вашей модели.
preferences-label-init-weight = Вес приложенной картинки
preferences-hint-init-weight = Как после --iw, например 1.5. Пусто: 0.5.
preferences-label-unwanted = Чего вы никогда не хотите видеть
preferences-hint-unwanted = Как после --no, через запятую: текст, размытость. Если в запросе есть своё, это не берётся.
preferences-other-flag = Здесь годятся только размер, шаги, вес и слова. Уберите остальные флаги.
preferences-model-gone = ⚠️ Модели { $model } здесь больше нет. Вы получаете обычную; можно выбрать другую.
preferences-style-gone = ⚠️ Стиля «{ $style }» здесь больше нет. Ваши запросы обходятся без него; можно выбрать другой.
preferences-steps-gone =
    ⚠️ Теперь на картинку здесь отводится не больше { $limit ->
        [one] { $limit } шага
       *[other] { $limit } шагов
    }, меньше, чем вы выбрали. Вы получаете столько, сколько обычно у модели.
preferences-passed =
    Часть ваших предпочтений здесь сейчас недоступна ({ $names }), поэтому это рисуется как обычно. Изменить их можно командой /preferences.
preferences-name-model = модель
preferences-name-style = стиль
preferences-name-shape = форма
preferences-name-steps = шаги
preferences-name-init-weight = вес приложенной картинки
preferences-name-unwanted = чего никогда не нужно

### Answers that only the member sees

button-unknown = Gala больше не помнит эту картинку. Попросите новую командой /imagine.
button-not-yours = Это может сделать только тот, кто просил эту картинку. Свою можно попросить командой /imagine.
button-too-late = Это уже закончилось.
stop-too-early = Картинка только началась, оставлять пока нечего. Попробуйте через мгновение.
zoom-of-nothing = Скажите в запросе, что должно быть видно, или дайте код картинки, с которой начать.
zoom-engine = Модель { $model } не умеет рисовать дальше от картинки, поэтому фильмов с камерой с ней нет. Выберите другую через --model.
film-being-made = Этот фильм уже делается и вот-вот появится.
film-busy = Сейчас делается сразу несколько фильмов. Попробуйте, пожалуйста, через минуту.
film-gone = Кадры этой картинки больше не хранятся, поэтому фильма не будет.
film-too-short = Картинка появилась так быстро, что кадров на фильм не хватает. Чем больше шагов, тем больше кадров.
film-too-large = Даже маленький фильм об этой картинке слишком велик, чтобы опубликовать его здесь.
film-failed = Фильм сделать не удалось. Попробуйте ещё раз; если не поможет, сообщите тому, у кого работает Gala.
film-no-encoder = Здесь нет ffmpeg, чтобы сделать фильм. Сообщите, пожалуйста, тому, у кого работает Gala.
film-unknown-format = Фильм нельзя записать как { $name }. Имя может заканчиваться на { $known }.
deleted = Удалено.
rights-missing =
    Gala не может рисовать здесь, не хватает прав: { $rights }. Попросите администратора дать их в этом канале
    или рисуйте в другом.
right-view-channel = Просматривать канал
right-send-messages = Отправлять сообщения
right-send-messages-in-threads = Отправлять сообщения в ветках
right-create-public-threads = Создавать публичные ветки
right-attach-files = Прикреплять файлы
right-embed-links = Встраивать ссылки
right-read-message-history = Читать историю сообщений
init-lost = Картинки, с которой начать, больше нет. Прикрепите её снова.
error-outdated = Эта команда изменилась. Перезагрузите Discord (Ctrl+R или перезапуск приложения) и попробуйте ещё раз.
failed-storage-full = На диске у Gala кончилось место, и картинку не удалось сохранить. Сообщите тому, у кого работает Gala.
size-out-of-range =
    { $width }×{ $height } нарисовать нельзя: в каждой стороне должно быть не меньше { $least } пикселей, и длинная
    сторона может быть длиннее короткой не больше чем в { $aspect } раз.
init-unreadable = Картинку { $name } не удалось прочитать: { $fault }
out-unwritable = Файл { $name } не удалось записать: { $fault }
error-storage =
    Gala сейчас не может писать на диск или в базу данных, поэтому ничего не поставлено в очередь. Попробуйте позже
    или сообщите тому, у кого работает Gala, код: { $code }

### Сетки

grid-not-here = Модель { $model } рисует по одной картинке. Уберите сетку или выберите модель, которая рисует код за кодом, например `--model pocket`.
keep-not-here = Модель { $model } не умеет оставлять верх картинки. Уберите «оставить» (`--keep`) или выберите модель, которая рисует код за кодом, например `--model pocket`.
keep-of-shown = Модель { $model } смотрит на приложенную картинку и рисует по ней другую: оставить от неё ничего нельзя. Уберите «оставить» (`--keep`) или нарисуйте сетку и нажмите V.
keep-of-nothing = Нет картинки, от которой можно оставить верх. Приложите её как основу.
grid-scores = сходство { $scores }
grid-from = из картинки { $number } сетки
grid-kept = верхние { $percent } % оставлены
grid-picks = U: дорисовать одну из них
grid-redraws = V: оставить верх одной, остальное нарисовать заново

### Что можно написать

guide-name = imagine-помощь
guide-description = Всё, что можно написать после /imagine, с примерами
guide-words = Что можно написать
guide-word-parts = две части одной картинки
guide-word-weight = части с весами; важно только их соотношение, отрицательный вес отталкивает
guide-word-double = то же, как в Midjourney
guide-word-stop = вес и предел: насколько близко следовать этой части
guide-word-span = часть для отрезка работы, в процентах шагов
guide-word-choices = по картинке на каждый вариант
guide-word-plain = обратная косая черта делает следующий знак простым текстом
guide-flags = Что может стоять в конце
guide-flag-ar = отношение ширины к высоте
guide-flag-size = ширина и высота в пикселях
guide-flag-seed = начало случая: то же зерно повторяет картинку
guide-flag-steps = сколько шагов делать
guide-flag-no = чего быть не должно
guide-flag-iw = насколько держаться приложенной картинки
guide-flag-tw = насколько тянуть к приложенной цели, а с минусом — прочь от неё
guide-flag-target = прежние картинки, на которые она должна быть похожа, по их кодам
guide-flag-start = с чего начать: noise (шум), gradient (переход цветов) или snow (случайные точки)
guide-flag-tile = картинку можно повторять без шва
guide-flag-noise = случайное направление: его зерно и вес
guide-flag-letters = на картинке могут быть написаны слова
guide-flag-patience = закончить раньше, если столько шагов ничего не улучшалось
guide-flag-engine = способ рисовать
guide-flag-model = модель
guide-flag-style = заготовка, которая дописывает описание
guide-flag-n = несколько картинок сразу, лучшая первой
guide-flag-keep = сколько приложенной картинки остаётся, считая сверху
guide-styles = Стили
guide-options = Выбранное в параметрах команды важнее того, что написано в конце.
