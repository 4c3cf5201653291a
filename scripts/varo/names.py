"""Invented place names of Varo: Latin form and Ukrainian form, towns first. Aldren lies north of the Kesh Line, Berovia south."""

CITIES = {
    # name: (form in Ukrainian, class, kilometres east, kilometres north)
    "Veyrholt": ("Вейрголт", 1, 237, 203), "Orvask": ("Орваск", 1, 84, 188),
    "Sorumesk": ("Сорумеськ", 1, 140, 16), "Ubrend": ("Убренд", 1, 352, 62),
    "Kessim": ("Кессім", 2, 166, 134), "Lomar": ("Ломар", 2, 28, 132), "Tarnel": ("Тарнель", 2, 300, 168),
    "Ennavik": ("Еннавік", 2, 386, 166), "Trisk": ("Триск", 2, 160, 181), "Skelva": ("Скельва", 2, 330, 186),
    "Teluna": ("Телуна", 2, 246, 60), "Belzora": ("Бельзора", 2, 46, 62), "Ravnosk": ("Равноськ", 2, 190, 84),
    "Mirast": ("Міраст", 2, 292, 36), "Druvna": ("Друвна", 2, 98, 74), "Zelmira": ("Зельміра", 2, 390, 92),
}

NORTH = """Aldemar Альдемар|Holmar Голмар|Luthen Лютен|Brennel Бреннель|Kvalda Квальда|Nerrim Неррім|Fjelsa Ф'єльса
Grannik Граннік|Hessolm Гессольм|Uldra Ульдра|Vintas Вінтас|Rosken Роскен|Melkirn Мелькірн|Pelstra Пельстра
Odrun Одрун|Ingvel Інґвель|Stavrel Ставрель|Dreyna Дрейна|Arneth Арнет|Birvald Бірвальд|Selgrun Сельґрун
Torvinge Торвінґе|Haskom Гаском|Elverin Ельверін|Runskel Рунскель|Moldrik Мольдрік|Narsvel Нарсвель|Gelmo Ґельмо
Tavik Тавік|Osmel Осмель|Wendrum Вендрум|Jorvel Йорвель|Sundrik Сундрік|Alkvar Алквар|Yelmar Єльмар"""

SOUTH = """Padurna Падурна|Losvica Лосвіца|Sevlin Севлін|Gorvesta Ґорвеста|Tumira Туміра|Oshveta Ошвета|Bredusa Бредуса
Kalvena Кальвена|Dovrim Доврім|Nevasta Неваста|Yarusa Яруса|Peluvek Пелувек|Varnosk Варноськ|Zhelvo Жельво
Chirveta Чірвета|Trelsova Трельсова|Lubrena Лубрена|Kesovar Кесовар|Modrusk Модруськ|Vesmira Весміра|Orlusa Орлуса
Stelva Стельва|Dubresk Дубреськ|Gavrosa Ґавроса|Lisurna Лісурна|Hrestva Грества|Plovira Пловіра|Semrusk Семруськ
Tolveda Толведа|Uzmela Узмела|Bistrena Бістрена|Vorluna Ворлуна|Zarvesk Зарвеськ|Krusmira Крусміра|Nadvelka Надвелька"""


def pairs(text):
    """`Latin Cyrillic|...` as a list of pairs."""
    return [tuple(entry.split()) for entry in text.replace("\n", "|").split("|")]
